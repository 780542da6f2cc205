"""What each kind of refusal asks of a reader."""

from dataclasses import dataclass

from refusal_sites import Kind


@dataclass(frozen=True)
class Advice:
    """What a kind of refusal means to a reader and what to do."""

    means: str
    do: str


ADVICE = {
    "RadiomicLensError": Advice("something failed that no other kind names", "Do what the sentence says."),
    "Refusal": Advice("the request cannot be honoured as it stands", "Change the request as the sentence says."),
    "BadFile": Advice("a file is damaged, unsafe or of an unknown format", "Copy or export the file again."),
    "BadTable": Advice(
        "columns, ids or values of a table do not fit", "Correct the table; `radiomiclens tables check` looks again."
    ),
    "BadImage": Advice(
        "an image, mask or series cannot be used", "Look at the image beside its mask, and export again what is wrong."
    ),
    "BadCheckpoint": Advice(
        "weights do not fit the encoder", "Name the right architecture, or save the weights again."
    ),
    "BadSettings": Advice(
        "a value is unknown, out of range or does not go with another", "Correct the value or option that is named."
    ),
    "UnknownName": Advice(
        "a name that the protocol of the cohort does not have", "Take one of the names that are listed."
    ),
    "NotFound": Advice("it does not exist, or you may not see it", "Check the address; ask a member of the project."),
    "Expired": Advice("a short-lived address has ended", "Reload the page."),
    "Conflict": Advice(
        "it exists already, or its state forbids the request", "Choose another name, or wait for what is running."
    ),
    "Identifiers": Advice("something looks like a name or a date of birth", "Say whether ids are kept or replaced."),
    "NotSignedIn": Advice("the server does not know who asks", "Sign in again."),
    "Forbidden": Advice("your role may not do this", "Ask an administrator, or an owner of the project."),
    "TooLarge": Advice("more bytes than allowed", "Send less, or copy the files onto the server."),
    "Busy": Advice("somebody else writes this at the moment", "Wait, and try again."),
    "TooMany": Advice("more requests than allowed in a minute", "Wait a minute, and try again."),
    "Unavailable": Advice("a service does not answer at the moment", "Try again; if it lasts, see the server's log."),
    "DiskFull": Advice(
        "a disk is full; nothing was changed", "Make room, then ask again. A waiting job goes on by itself."
    ),
    "WrongVersion": Advice("an upload by another version of its protocol", "Use a newer client."),
    "WrongType": Advice("an upload with another type of content", "Use a client of the tus protocol."),
    "WrongChecksum": Advice("bytes changed on their way", "Send that part again."),
    "Damaged": Advice("stored data differ from their hash, so they are not shown", "Restore from a backup."),
    "Diverged": Advice(
        "the loss of a training is no longer a number", "Lower the learning rate, or clip the gradient."
    ),
    "Cancelled": Advice("a job or a request was stopped", "Nothing; start it again if it is still wanted."),
    "LostClaim": Advice("another worker has the job now", "Nothing; the other worker goes on."),
    "ChildDied": Advice(
        "the process of one case ended without an answer", "Raise the limit that is named, or exclude the case."
    ),
    "ClusterLost": Advice(
        "a cluster does not answer; finished cases are kept", "Start the cluster, and retry the job."
    ),
    "Incomplete": Advice("a form of a page is not filled in", "Fill in what is named."),
    "BadConditions": Advice(
        "the conditions of a subgroup cannot be read", "Write them as in the example at the end of the sentence."
    ),
    "BadProtocol": Advice(
        "a protocol file has a mistake", "Correct the key; `radiomiclens protocol check` lists all mistakes."
    ),
    "BadParameter": Advice("an option of a command cannot be used", "`--help` lists what a command takes."),
    "ValueError": Advice(
        "a value in a request, a protocol or a setting", "Correct the value that stands before the colon."
    ),
}
"""By the name of the class in the code."""

OUTSIDE = {
    "Incomplete": Kind("form", 0, 0),
    "BadConditions": Kind("conditions", 422, 1),
    "BadProtocol": Kind("protocol", 422, 1),
    "BadParameter": Kind("usage", 0, 2),
    "ValueError": Kind("value", 422, 1),
}
"""Kinds of errors outside the tree of `backend/errors.py`."""
