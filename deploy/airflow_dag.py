"""An Airflow DAG that analyses one clip with the notebook itself, by the PapermillOperator.

Airflow, its Papermill provider and Cricksy share one environment on the Airflow worker (Cricksy's lock goes
in first). This path uses no queue and no store: retries and time limits are Airflow's. For a queue, let a
BashOperator run ``cricksy batch`` instead.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from airflow import DAG
from airflow.providers.papermill.operators.papermill import PapermillOperator

NOTEBOOK = os.environ.get("CRICKSY_NOTEBOOK", "/opt/cricksy/notebooks/analysis.ipynb")


def make_folder(context: Any) -> None:
    """Make the folder of the results: papermill writes into it before the notebook starts, and makes none."""
    Path(context["params"]["out"]).mkdir(parents=True, exist_ok=True)


with DAG(
    dag_id="cricksy_analyse",
    schedule=None,  # triggered with {"clip": "/srv/clips/net.mp4", "out": "/srv/out/net", "mode": "batting"}
    start_date=datetime(2026, 1, 1),
    catchup=False,
    params={"clip": "", "out": "", "mode": "batting"},
) as dag:
    PapermillOperator(
        task_id="deep_pass",
        pre_execute=make_folder,
        input_nb=NOTEBOOK,
        output_nb="{{ params.out }}/deep_analysis.ipynb",
        # JSON types alone: papermill turns all others into text.
        parameters={
            "video_path": "{{ params.clip }}",
            "out_dir": "{{ params.out }}",
            "analysis_pass": "deep",
            "options": {"mode": "{{ params.mode }}"},
        },
        kernel_name="python3",
        retries=2,
        retry_delay=timedelta(minutes=1),
        execution_timeout=timedelta(hours=1),
    )
