"""What a page complains about while a test uses it."""

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, WebError

LOUD = {"error", "warning"}
# The list of features differs between Chromium's platforms; switching one off that this one lacks is no mistake.
HARMLESS = re.compile(r"Permissions-Policy header: Unrecognized feature")


class Troubles:
    """Console messages, script errors and violations of the content security policy (which land in the console)."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.expected: list[re.Pattern[str]] = [HARMLESS]

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", self._error)

    def expect(self, pattern: str) -> None:
        """Allow what the pattern finds, for instance "status of 409" where the test provokes one."""
        self.expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        return [text for text in self.seen if not any(pattern.search(text) for pattern in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in LOUD:
            place = message.location
            self.seen.append(f"{message.type}: {message.text} ({place.get('url', '')}:{place.get('lineNumber', '')})")

    def _error(self, error: WebError) -> None:
        self.seen.append(f"script: {error.error}")
