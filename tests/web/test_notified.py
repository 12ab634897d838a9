"""Notifications are worded in the language of who reads them, whoever caused them."""

from __future__ import annotations

from tests.support.program import Site
from tests.web.browser import Browser, words_of
from tests.web.test_details import person
from trunkline.pages.language import Language, speaking
from trunkline.web.shell.notified import words_of as notice_words
from trunkline.workspace.notifications import notifications_of


def test_that_a_job_has_ended_is_said_in_the_language_of_its_reader(
    admin: Browser, site: Site
) -> None:
    """Programs get English with the code and the values; a page says it in its reader's words."""
    found = person(site)
    form = {"do": "remove", "id": [found["id"]], "state": "", "step": "start"}
    job = admin.post("/r/individual/bulk", form).headers["location"].rpartition("/")[2]
    site.work()
    told = site.admin.get("/api/workspace/v1/notification").json[0]
    assert told["text"] == "Removal of 1 individual is done."
    assert told["code"] == "jobDone"
    ((me,),) = site.rows("select principal::text from job where id = %s", job)
    with site.services.database.app.connection() as connection:
        (kept,) = notifications_of(connection, me, limit=1)
    texts = {"Removal of %(what)s": "%(what)s entfernen", "Individual": "Person",
             "%(title)s is done.": "%(title)s: fertig."}  # fmt: skip
    with speaking(Language("de", texts)):
        assert notice_words(site.services.registry, kept) == "1 Person entfernen: fertig."
    assert "Removal of 1 individual is done." in words_of(admin.get("/notifications").text)
