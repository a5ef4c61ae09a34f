"""pytest plugin: a test that did not run is not a passed test, so skips and expected failures fail the run."""

import pytest

NOT_RUN = ("skipped", "xfailed", "xpassed")


def not_run(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return sum(len(reporter.stats.get(outcome, [])) for outcome in NOT_RUN) if reporter else 0


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK and not_run(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := not_run(config):
        terminalreporter.section("not run", red=True)
        terminalreporter.write_line(f"{count} skipped or expected to fail: every test must run.")
