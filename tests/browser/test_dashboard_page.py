"""The coach's page in a real browser, on a real store whose jobs a hand moves on."""

from datetime import timedelta

import pytest
from dashboard.sample_results import catalogue_results, sample_results
from dashboard.staged_store import now
from playwright.sync_api import expect

from cricksy_lib.coaching.loader import load_knowledge
from cricksy_lib.dashboard.curves import curves_of
from cricksy_lib.jobs.record import JobError

pytestmark = pytest.mark.browser


def status(page):
    return page.locator("[data-status]")


def test_a_job_goes_from_queued_to_done_without_a_reload(visitor):
    staged = visitor.dashboard.staged
    job_id = staged.submit()
    page = visitor.open(job_id)
    expect(status(page)).to_have_text("Queued")
    page.evaluate("window.neverReloaded = true")
    staged.claim(job_id)
    expect(status(page)).to_have_text("Quick look")
    staged.move(job_id, progress_pct=17.0)
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "17")
    staged.finish_pass(job_id, "quick")
    expect(page.locator(".cr-finding")).to_have_count(1)
    staged.proxy(job_id)
    staged.move(job_id, status="deep_running", progress_pct=50.0)
    expect(status(page)).to_have_text("Full analysis")
    expect(page.locator(".cr-finding")).to_have_count(1)  # the quick results stay in view
    staged.finish_pass(job_id, "deep")
    staged.finish(job_id)
    expect(status(page)).to_have_text("Done")
    expect(page.locator(".cr-finding")).to_have_count(3)
    expect(page.locator(".cr-chart .js-plotly-plot .main-svg").first).to_be_visible()
    assert page.evaluate("window.neverReloaded") is True
    assert visitor.outside == []


def test_longer_than_expected_is_said_and_polling_goes_on_to_the_end(visitor):
    staged = visitor.dashboard.staged
    job_id = staged.submit()
    staged.claim(job_id, started_at=now() - timedelta(seconds=57))  # three seconds before the page's limit
    page = visitor.open(job_id)
    expect(page.get_by_text("taking longer than expected")).to_be_visible()
    staged.move(job_id, progress_pct=23.0)
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "23")
    staged.finish_pass(job_id, "quick")
    staged.finish_pass(job_id, "deep")
    staged.finish(job_id)
    expect(status(page)).to_have_text("Done")
    expect(page.get_by_text("taking longer than expected")).to_have_count(0)


def test_a_failed_job_shows_reason_and_advice_and_can_be_tried_again(visitor):
    staged = visitor.dashboard.staged
    job_id = staged.submit()
    staged.claim(job_id)
    error = JobError(code="not_a_video", message="The file holds no video.", advice="Export it as MP4.")
    staged.fail(job_id, error)
    page = visitor.open(job_id)
    expect(page.get_by_role("alert").filter(has_text="The file holds no video.")).to_contain_text(
        "Export it as MP4."
    )
    page.get_by_role("button", name="Try again").click()
    expect(status(page)).to_have_text("Queued")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Cancel").click()
    expect(status(page)).to_have_text("Cancelled")


def test_opening_again_reads_afresh_and_the_address_follows(visitor):
    staged = visitor.dashboard.staged
    job_id = staged.submit("Opener", title="Read afresh")
    page = visitor.open()
    row = page.locator(f'[data-open="{job_id}"]')
    row.click()
    expect(status(page)).to_have_text("Queued")
    assert f"job={job_id}" in page.url
    page.get_by_text("All clips").click()
    expect(row).to_be_visible()
    assert "job=" not in page.url
    staged.claim(job_id)
    staged.fail(job_id, JobError(code="x", message="It broke off.", advice="Try again."))
    row.click()
    expect(status(page)).to_have_text("Failed")
    page.go_back()
    expect(row).to_be_visible()


def test_a_hostile_name_is_shown_and_does_not_run(visitor):
    name = "<img src=x onerror='window.hacked=1'>"
    staged = visitor.dashboard.staged
    job_id = staged.submit(name, title="<script>window.hacked=1</script>")
    staged.claim(job_id)
    staged.finish_pass(job_id, "quick")
    page = visitor.open()
    expect(page.get_by_text(name)).to_be_visible()
    page.locator(f'[data-open="{job_id}"]').click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.locator(".cr-finding").first).to_be_visible()
    assert page.evaluate("window.hacked") is None


def test_every_measured_metric_has_its_place_on_one_chart_and_nothing_scrolls_sideways(done):
    results = sample_results()
    curves = curves_of(results, load_knowledge().common)
    plots = done.page.locator(".cr-chart .js-plotly-plot .nsewdrag")
    expect(plots).to_have_count(len(curves))
    assert done.page.locator(".js-plotly-plot .trace").count() >= len(curves)
    for metric in results.metrics.values():
        named = done.page.locator(".cr-chart .cr-read").get_by_text(metric.label, exact=True)
        expect(named).to_have_count(1 if metric.status != "not_measurable" else 0)
    expect(done.page.locator("table.cr-table tbody tr")).to_have_count(len(sample_results().metrics))
    assert done.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert done.outside == []


def test_a_reason_has_the_whole_width_of_its_row_on_a_phone(done):
    page = done.page
    for reason in page.locator(".cr-table .cr-reason").all():
        row = reason.locator("xpath=ancestor::tr").bounding_box()
        assert reason.bounding_box()["width"] > 0.85 * row["width"]


def test_charts_of_no_finding_are_folded_and_open_by_key(done):
    page = done.page
    folded = page.locator(".cr-fold .js-plotly-plot").first
    expect(folded).to_be_attached()
    expect(folded).to_be_hidden()
    expect(page.locator(".cr-body > .cr-charts .js-plotly-plot").first).to_be_visible()
    button = page.locator("[data-fold]").first
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(folded).to_be_visible()
    assert folded.bounding_box()["width"] <= page.viewport_size["width"]
    page.emulate_media(media="print")
    expect(page.locator(".cr-fold .js-plotly-plot").last).to_be_visible()
    page.emulate_media(media="screen")
    button.click()
    expect(folded).to_be_hidden()


def test_a_fold_that_was_opened_between_two_ticks_stays_open_and_in_focus(visitor):
    staged = visitor.dashboard.staged
    job_id = staged.submit()
    staged.claim(job_id)
    staged.finish_pass(job_id, "quick")
    visitor.page.add_init_script(
        """new MutationObserver((_, observer) => {
            const buttons = [...document.querySelectorAll('[data-fold]')];
            const button = buttons.find((one) => one.textContent.includes('Trunk and turn'));
            if (!button) return;
            observer.disconnect();
            button.focus();
            button.click();
            window.drawnAtClick = button.closest('.cr-fold').querySelectorAll('.js-plotly-plot').length;
        }).observe(document, { childList: true, subtree: true });"""
    )
    page = visitor.open(job_id)
    fold = page.locator(".cr-fold").filter(has_text="Trunk and turn")
    button = fold.locator("[data-fold]")
    expect(fold.locator(".js-plotly-plot")).to_have_count(2)
    assert page.evaluate("window.drawnAtClick") < 2
    for pass_is_deep, count in ((False, "2 charts"), (True, "1 chart")):
        if pass_is_deep:  # it leaves one of the two to a finding
            staged.finish_pass(job_id, "deep")
            staged.finish(job_id)
        expect(button).to_contain_text(count)
        expect(button).to_have_attribute("aria-expanded", "true")
        expect(button).to_be_focused()
        expect(fold.locator(".js-plotly-plot")).to_have_count(int(count[0]))
        expect(fold.locator(".js-plotly-plot").first).to_be_visible()
    button.click()
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(fold.locator(".js-plotly-plot").first).to_be_hidden()


def test_a_jump_is_slow_until_a_speed_is_chosen(done):
    page = done.page
    speed = "document.querySelector('video').playbackRate"
    pressed = page.locator('.cr-speeds [aria-pressed="true"]')
    expect(pressed).to_have_text("1×")
    page.locator('.cr-chip[data-jump="1.3"]').click()
    expect(pressed).to_have_text("0.25×")
    assert page.evaluate(speed) == 0.25
    page.get_by_role("button", name="Play at 0.5 times the speed").click()
    page.locator('.cr-chip[data-jump="1.88"]').click()
    assert page.evaluate(speed) == 0.5
    page.evaluate("document.querySelector('video').playbackRate = 1")
    expect(pressed).to_have_text("1×")


def test_another_job_is_not_slow_from_the_jump_in_the_one_before(visitor):
    first, second = visitor.dashboard.staged.done_job(), visitor.dashboard.staged.done_job()
    page = visitor.open(first)
    page.wait_for_function("document.querySelector('video')?.readyState >= 2")
    page.locator('.cr-chip[data-jump="1.3"]').click()
    pressed = page.locator('.cr-speeds [aria-pressed="true"]')
    expect(pressed).to_have_text("0.25×")
    # As a correction's link to the analysis that it corrects: the player stays, with no list between.
    page.evaluate(
        """job => {
            const link = document.querySelector('[data-open]');
            link.dataset.open = job;
            link.click();
        }""",
        second,
    )
    expect(pressed).to_have_text("1×")
    assert f"job={second}" in page.url
    assert page.evaluate("document.querySelector('video').playbackRate") == 1


@pytest.mark.parametrize(("slow_motion", "shown"), [(1.998, "0.5×"), (3.0, "0.5×"), (8.0, "1×")])
def test_a_jump_in_a_clip_that_is_slow_already_is_slowed_by_so_much_less(visitor, slow_motion, shown):
    staged = visitor.dashboard.staged
    job_id = staged.submit()
    results = sample_results(job_id=job_id)
    video = results.video.model_copy(update={"slow_motion": slow_motion})
    staged.claim(job_id)
    staged.proxy(job_id)
    staged.finish_pass(job_id, "deep", results.model_copy(update={"video": video}))
    staged.finish(job_id)
    page = visitor.open(job_id)
    page.wait_for_function("document.querySelector('video')?.readyState >= 2")
    page.locator('.cr-chip[data-jump="1.3"]').click()
    pressed = page.locator('.cr-speeds [aria-pressed="true"]')
    expect(pressed).to_have_text(shown)
    assert page.evaluate("document.querySelector('video').playbackRate") == float(shown.removesuffix("×"))


def listen_for_seeks(page):
    """Where each seek from now on goes, read as it begins: a clip that plays has moved on at its end."""
    page.evaluate(
        """() => {
            const video = document.querySelector('video');
            window.asked = [];
            window.listening?.abort();
            window.listening = new AbortController();
            const signal = window.listening.signal;
            video.addEventListener('seeking', () => window.asked.push(video.currentTime), { signal });
        }"""
    )


def test_jump_to_moves_the_playing_video_again_and_again(done):
    page = done.page
    # From a place of its own: a clip that was left at its end seeks back by itself on "play".
    page.evaluate(
        """() => {
            const video = document.querySelector('video');
            const there = new Promise((reached) => video.addEventListener('seeked', reached, { once: true }));
            video.pause();
            video.currentTime = 0.4;
            return there.then(() => video.play());
        }"""
    )
    listen_for_seeks(page)
    jump = page.locator('.cr-finding [data-jump="1.62"]').first
    for times in (1, 2):
        jump.click()
        page.wait_for_function("times => window.asked.length === times", arg=times)
        assert page.evaluate("window.asked.at(-1)") == pytest.approx(1.62 + 0.5 / 60, abs=0.05)
        page.wait_for_function("document.querySelector('video').currentTime > 1.9")  # it plays on from there


def test_a_click_in_a_chart_plays_that_moment(done):
    page = done.page
    page.evaluate("document.querySelector('video').pause()")
    plane = page.locator(".js-plotly-plot .nsewdrag").first
    low, high = page.evaluate("document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range")
    listen_for_seeks(page)
    plane.click()
    page.wait_for_function("window.asked.length > 0")
    assert page.evaluate("window.asked[0]") == pytest.approx((low + high) / 2, abs=0.1)


def test_a_click_in_the_lower_of_two_units_plays_that_moment_too(visitor):
    staged = visitor.dashboard.staged
    job_id = staged.submit()
    staged.claim(job_id)
    staged.proxy(job_id)
    staged.finish_pass(job_id, "deep", catalogue_results("fielding").model_copy(update={"job_id": job_id}))
    staged.finish(job_id)
    page = visitor.open(job_id)
    page.wait_for_function("document.querySelector('video')?.readyState >= 2")
    page.locator("[data-fold]").get_by_text("Trunk and turn").click()
    chart = (
        page.locator(".cr-chart")
        .filter(has_text="Shoulders before the throwing hand")
        .locator(".js-plotly-plot")
    )
    planes = chart.locator(".nsewdrag")
    expect(planes).to_have_count(2)
    page.evaluate(
        """() => {
            const video = document.querySelector('video');
            window.asked = [];
            video.play = () => Promise.resolve();
            Object.defineProperty(video, 'currentTime', { get: () => 0, set: (at) => window.asked.push(at) });
        }"""
    )
    low, high = chart.evaluate("node => node._fullLayout.xaxis.range")
    for times, plane in enumerate(planes.all(), start=1):
        plane.click()
        page.wait_for_function("times => window.asked.length === times", arg=times)
        assert page.evaluate("window.asked.at(-1)") == pytest.approx((low + high) / 2, abs=0.1)


def test_skeleton_and_slow_motion_keep_the_moment(done):
    page = done.page
    page.locator('.cr-chip[data-jump="1.3"]').click()
    page.wait_for_function("document.querySelector('video').currentTime >= 1.3")
    page.evaluate("document.querySelector('video').pause()")
    page.get_by_role("button", name="Play at 0.25 times the speed").click()
    page.get_by_role("button", name="skeleton").click()
    page.wait_for_function("document.querySelector('video').src.endsWith('overlay.mp4')")
    page.wait_for_function("document.querySelector('video').currentTime >= 1.3")
    assert page.evaluate("document.querySelector('video').playbackRate") == 0.25


def test_jump_lands_inside_the_frame_and_works_without_the_kernel(done):
    page = done.page
    page.wait_for_function("document.querySelector('video').readyState >= 2")
    page.context.set_offline(True)
    page.evaluate("document.querySelector('video').play = () => Promise.resolve()")
    page.evaluate("document.querySelector('video').pause()")
    page.locator('.cr-chip[data-jump="1.88"]').click()
    page.wait_for_function("Math.abs(document.querySelector('video').currentTime - (1.88 + 0.5 / 60)) < 1e-3")
    page.get_by_role("button", name="One frame on").click()
    page.wait_for_function("document.querySelector('video').currentTime > 1.9")
    page.context.set_offline(False)


def test_a_moment_can_be_opened_by_its_address(visitor):
    page = visitor.open(visitor.dashboard.staged.done_job(), t="2.5")
    page.wait_for_function("document.querySelector('video')?.currentTime >= 2.5")


def test_a_closed_page_frees_its_kernel(visitor):
    before = visitor.dashboard.kernel_processes()
    page = visitor.open()
    (mine,) = visitor.dashboard.kernel_processes() - before  # those of earlier pages may still be ending
    page.goto("about:blank")
    for _ in range(100):
        if mine not in visitor.dashboard.kernel_processes():
            break
        page.wait_for_timeout(200)
    assert mine not in visitor.dashboard.kernel_processes()


def test_a_page_whose_kernel_died_says_that_nothing_answers(visitor):
    before = visitor.dashboard.kernel_processes()
    page = visitor.open()
    (mine,) = visitor.dashboard.kernel_processes() - before
    mine.kill()
    expect(page.get_by_text("No answer since")).to_be_visible()
    expect(page.get_by_role("button", name="Reload")).to_be_visible()
