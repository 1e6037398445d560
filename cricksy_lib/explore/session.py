"""One look at a store by an analyst: its jobs as a table, and the views of the first notebook on them."""

from __future__ import annotations

import logging
from functools import lru_cache

import ipywidgets as widgets
import pandas as pd

from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.coaching.schema import Knowledge
from cricksy_lib.errors import CricksyError, JobStateError, KnowledgeError
from cricksy_lib.explore import views, words
from cricksy_lib.explore.controls import sentence
from cricksy_lib.jobs import layout, table
from cricksy_lib.jobs.ledger import Ledger
from cricksy_lib.jobs.store import Store, open_store
from cricksy_lib.jobs.table_cache import cache_path
from cricksy_lib.results import Results
from cricksy_lib.settings import Settings, get_settings

logger = logging.getLogger(__name__)

_NO_JOB = (
    "There is no analysed job in this store yet. Analyse a clip with "
    "'cricksy submit clip.mp4 --mode batting' and 'cricksy worker --drain', "
    "or the demo's with 'make demo SERVE=0', and let CRICKSY_STORE name the store. "
    "Then run this notebook again."
)
_FACTS = ["job_id", "created_at", "title", "player", "mode", "corrects"]


class Session:
    """The jobs of a store and the views on them.

    Parameters
    ----------
    store : where the jobs lie.
    settings : where the table is kept; the environment's if not given.

    Attributes
    ----------
    jobs : the long table of `cricksy_lib.jobs.table.load`, jobs that were corrected since included.

    Raises
    ------
    StoreError
        If the store cannot be read.
    """

    def __init__(self, store: Store, settings: Settings | None = None) -> None:
        self.settings = settings or get_settings()
        self.store = store
        self.ledger = Ledger(store, self.settings)
        self.jobs = pd.DataFrame()
        self._results = lru_cache(maxsize=16)(self._read)
        self.reload()

    def reload(self) -> None:
        """Bring the table up to date with the store; views made before keep what they showed."""
        cache = cache_path(self.store, self.settings)
        self.jobs = table.load(self.store, cache=cache, superseded=True)
        self._results.cache_clear()

    @property
    def one_a_job(self) -> pd.DataFrame:
        """What each job is, newest first."""
        return self.jobs.drop_duplicates("job_id")[_FACTS].reset_index(drop=True)

    @property
    def knowledge(self) -> Knowledge:
        """The rules, with the club's own limits if the store has some that can be used."""
        own = self.store.get(layout.HOUSE_RULES)
        try:
            return load_knowledge(overrides=own) if own is not None else load_knowledge()
        except KnowledgeError as error:
            logger.warning("The rules that ship are shown. %s", error)
            return load_knowledge()

    def results(self, job_id: str) -> Results:
        """Return a job's results, those of its deepest pass.

        Raises
        ------
        CricksyError
            If there are none, or the store cannot be read.
        """
        return self._results(job_id)

    def _read(self, job_id: str) -> Results:
        results = self.ledger.latest_results(job_id)
        if results is None:
            raise JobStateError("The job has no results any more.", "Run the notebook again from the top.")
        return results

    def columns(self) -> widgets.Widget:
        """Show what the columns of `jobs` mean, and in which units they are."""
        meanings = pd.DataFrame(list(table.COLUMNS.items()), columns=["Column", "Is"])
        return widgets.HTML(words.as_html(meanings))

    def table(self) -> widgets.Widget:
        """Show the jobs with their numbers, by discipline, player and days."""
        return self._view(views.TableView)

    def series(self) -> widgets.Widget:
        """Show any series of any job with its events and ±."""
        return self._view(views.SeriesView)

    def compare(self) -> widgets.Widget:
        """Show a series of two jobs over each other, aligned at an event, and how far they differ."""
        return self._view(views.CompareView)

    def threshold(self) -> widgets.Widget:
        """Move the limit of a rule, and show what would become a finding."""
        return self._view(views.ThresholdView)

    def _view(self, kind: type[views.View]) -> widgets.Widget:
        if self.jobs.empty:
            return sentence(_NO_JOB)
        try:
            return kind(self).box
        except CricksyError as error:
            return sentence(str(error))


def open_session(location: str | None = None) -> Session:
    """Open the store that ``CRICKSY_STORE`` names, or another, and read what is new in it.

    Raises
    ------
    StoreError
        If it cannot be opened or read.
    """
    settings = get_settings()
    return Session(open_store(location or settings.store, settings), settings)
