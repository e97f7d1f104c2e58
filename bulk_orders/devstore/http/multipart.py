"""Reading multipart/form-data.

Its one rule: the order of the fields is kept, because an upload is valid only with the file last.
"""

import email.message
import email.parser
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form."""

    name: str
    content: bytes


def parts(content_type: str, body: bytes) -> list[Part]:
    """The fields of a form in their order; none if the body is no form."""
    message = email.message.Message()
    message["Content-Type"] = content_type
    boundary = message.get_boundary()
    if boundary is None or message.get_content_type() != "multipart/form-data":
        return []
    found = []
    for chunk in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]:
        if chunk.startswith(b"--"):
            break
        head, _, content = chunk.partition(b"\r\n\r\n")
        headers = email.parser.BytesHeaderParser().parsebytes(head.lstrip(b"\r\n"))
        name = headers.get_param("name", header="content-disposition")
        found.append(Part(str(name), content))
    return found
