"""Draws a scale bar with its length into a picture."""

from PIL import Image, ImageDraw, ImageFont

from backend.rendering.slice_png import HALO, LETTER

LENGTHS_MM = (1, 2, 5, 10, 20, 50, 100, 200)
MOST_OF_THE_PICTURE = 0.35


def bar_mm(width_mm: float) -> int:
    """The longest round length that takes at most 35 % of a picture so wide."""
    return max((one for one in LENGTHS_MM if one <= MOST_OF_THE_PICTURE * width_mm), default=LENGTHS_MM[0])


def draw_scale_bar(picture: Image.Image, pixels_per_mm: float) -> None:
    """A bar in the lower right corner, its length in millimetres above it."""
    width, height = picture.size
    length = bar_mm(width / pixels_per_mm)
    margin = max(6, width // 32)
    left, right, bottom = width - margin - round(length * pixels_per_mm), width - margin, height - margin
    thick = max(2, width // 160)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((left - 1, bottom - thick - 1, right, bottom), fill=HALO)
    draw.rectangle((left, bottom - thick, right - 1, bottom - 1), fill=LETTER)
    font = ImageFont.load_default(max(10, width // 28))
    draw.text(
        ((left + right) // 2, bottom - thick - 4), f"{length} mm", fill=LETTER, font=font, anchor="mb", stroke_width=2,
        stroke_fill=HALO,
    )  # fmt: skip
