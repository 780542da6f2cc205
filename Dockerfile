# One image for api, worker and ui. The build needs a C compiler for our radiomics kernel; the running image does not.
FROM python:3.11-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir uv
WORKDIR /app
COPY pyproject.toml hatch_build.py constraints.txt README.md LICENSE ./
COPY backend backend
COPY frontend frontend
COPY shared shared
COPY radiomiclens radiomiclens
ARG TORCH_BACKEND=cpu
# Without the internet: --build-arg TORCH_FROM="--find-links /wheels" and a folder of wheels at /wheels.
ARG TORCH_FROM="--torch-backend ${TORCH_BACKEND}"
RUN uv venv /opt/radiomiclens && uv pip install --compile-bytecode --python /opt/radiomiclens -c constraints.txt ${TORCH_FROM} '.[cluster,mlflow,objects,postgres]'

FROM python:3.11-slim
RUN useradd --create-home --uid 1000 lens && mkdir /data && chown lens /data
COPY --from=build /opt/radiomiclens /opt/radiomiclens
ENV PATH=/opt/radiomiclens/bin:$PATH PYTHONUNBUFFERED=1 RADIOMICLENS_DATA_DIR=/data
USER lens
VOLUME /data
ENTRYPOINT ["radiomiclens"]
