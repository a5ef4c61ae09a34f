"""Uploads are stopped while they stream in, not after they have filled the disk (SEC-20)."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class UploadTooLarge(RequestDataTooBig):
    """A file of the request passes the limit of UPLOAD_POLICY; `limit` in bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"A file is larger than {limit} bytes.")


class LimitedUploadHandler(FileUploadHandler):
    """First in FILE_UPLOAD_HANDLERS: counts bytes and hands them on; raises UploadTooLarge at the limit."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002 - Django's signature
        limit = settings.UPLOAD_POLICY["max_file_bytes"]
        self.received += len(raw_data)
        if self.received > limit:
            self._drop_what_was_written()
            raise UploadTooLarge(limit)
        return raw_data

    def _drop_what_was_written(self) -> None:
        """Django closes whole files only; the one that is being received would lie there until its object is freed."""
        for handler in self.request.upload_handlers if self.request else ():
            handler.upload_interrupted()

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002 - the next handler makes the file
        return None
