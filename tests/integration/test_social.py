"""The social network: its domain by its own test program, its HTTP API with two applications."""

import contextlib
import http.client
import json
import os
import pathlib
import queue
import subprocess
import threading
import urllib.parse

import pages
import pytest
import sql
from application import Application, program


@pytest.fixture(scope="module")
def settings():
    return {"cache": {"enabled": True}, "reads": {"wait": "20s"}, "failover": {"hold": "60s"}}


@pytest.fixture(scope="module")
def applications(binary, understudy):
    """Two programs that serve the same network."""
    with pages.application(binary, understudy, "social") as first:
        first.run("create")
        first.serve()
        second = Application(program(binary, "social"), understudy.config)
        try:
            second.serve()
            yield first, second
            second.stop()
        finally:
            second.kill()


class Visitor:
    """A browser's cookies, for whichever application."""

    def __init__(self, application):
        self.cookies = {}
        self.at = application

    def ask(self, method, path, body=None, status=200):
        connection = self._connect()
        try:
            connection.request(method, path, body and json.dumps(body), self._headers())
            response = connection.getresponse()
            for value in response.headers.get_all("Set-Cookie", []):
                name, _, rest = value.partition("=")
                self.cookies[name] = rest.partition(";")[0]
            answer = json.loads(response.read())
            assert response.status == status, answer
            return answer
        finally:
            connection.close()

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, status=200, **body):
        return self.ask("POST", path, body, status)

    def sign_in(self, name, region="eu"):
        return self.post("/api/sign-in", name=name, region=region)["me"]

    def write(self, text, key, **more):
        return self.post("/api/post", text=text, key=key, **more)["post"]

    def listen(self):
        return Events(self._connect(timeout=60), self._headers())

    def _connect(self, timeout=90):
        return http.client.HTTPConnection(urllib.parse.urlparse(self.at.address).netloc,
                                          timeout=timeout)

    def _headers(self):
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}


class Events:
    """Server-sent events as they come."""

    def __init__(self, connection, headers):
        connection.request("GET", "/api/events", headers=headers)
        self._connection = connection
        self._response = connection.getresponse()
        self._events = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        assert self.next("hello") == {}

    def next(self, name):
        """The data of the next event of that name."""
        while True:
            kind, data = self._events.get(timeout=30)
            if kind == name:
                return data

    def close(self):
        self._connection.close()

    def _read(self):
        name = None
        try:
            for line in self._response:
                key, _, value = line.decode().rstrip("\n").partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    self._events.put((name, json.loads(value)))
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass  # closed


@pytest.fixture
def people(applications):
    """Two who have signed in, each at another application; their names are new in each test."""
    first, second = (Visitor(application) for application in applications)
    unique = os.urandom(4).hex()
    first.me = first.sign_in(f"a_{unique}", "eu")
    second.me = second.sign_in(f"b_{unique}", "us")
    return first, second


def test_program(cluster, binary):
    build = next(folder for folder in pathlib.Path(binary).parents
                 if (folder / "examples/social/social_test").is_file())
    done = subprocess.run(
        [str(build / "examples/social/social_test")], capture_output=True, text=True, timeout=400,
        env={**os.environ, "UNDERSTUDY_TEST_CONFIG": str(cluster.config)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SKIPPED" not in done.stdout


def test_a_post_is_there_at_once_in_another_application(applications, people):
    author, _ = people
    for number in range(30):
        author.at = applications[number % 2]
        made = author.write(f"number {number}", f"key-{number}")
        author.at = applications[(number + 1) % 2]
        answer = author.get("/api/feed")
        assert answer["page"]["entries"][0]["id"] == made["id"], answer["answered"]
        assert set(answer["answered"]) == {"server", "staleness_ms", "took_ms"}


def test_the_feed_goes_on_from_its_cursor(people):
    author, _ = people
    for number in range(45):
        author.write(f"number {number}", f"key-{number}")
    texts, cursor = [], ""
    while cursor is not None:
        page = author.get(f"/api/feed?from={urllib.parse.quote(cursor)}")["page"]
        texts += [post["text"] for post in page["entries"]]
        cursor = page["next"]
    assert texts == [f"number {number}" for number in reversed(range(45))]


def test_notifications_come_through_whichever_application(people):
    author, reader = people
    reader.post("/api/follow", author=author.me["id"], follow=True)
    news, own = reader.listen(), author.listen()
    try:
        made = author.write("hear this", "one")
        told = news.next("post")
        assert (told["post"], told["text"]) == (made["id"], "hear this")
        assert told["person"]["name"] == author.me["name"]
        reader.post("/api/react", post=made["id"], kind="wow")
        assert own.next("reaction")["text"] == "wow"
        assert news.next("totals")["posts"] == [
            {"post": made["id"], "reactions": [0, 0, 0, 1, 0, 0], "comments": 0}]
        reader.post("/api/comment", post=made["id"], text="heard", key="one")
        assert own.next("comment")["text"] == "heard"
        reader.post("/api/follow", author=author.me["id"], follow=False)
        author.write("nobody hears this", "two")
        reader.post("/api/follow", author=author.me["id"], follow=True)
        assert own.next("follower")["person"]["name"] == reader.me["name"]
        author.write("but this", "three")
        assert news.next("post")["text"] == "but this"
    finally:
        news.close()
        own.close()


def test_the_same_key_gives_the_same_post(people):
    author, _ = people
    made = [author.write("once", "the-key")["id"] for _ in range(3)]
    assert len(set(made)) == 1
    assert len(author.get("/api/feed")["page"]["entries"]) == 1


def test_what_is_refused(people, applications):
    author, _ = people
    for media in ("javascript:alert(1)", "//evil", "data:,x"):
        author.post("/api/post", 400, text="x", key="k", media=media)
    author.post("/api/post", 400, text="x" * 501, key="k")
    author.post("/api/react", 404, post=99999999, kind="like")
    author.get("/api/feed?from=yesterday", status=400)
    author.get("/api/person?name=nobody_at_all", status=404)
    Visitor(applications[0]).get("/api/feed", status=401)
    Visitor(applications[0]).post("/api/sign-in", 400, name="No!", region="eu")
    stranger = Visitor(applications[0])
    stranger.cookies = {"social_user": str(author.me["id"]), "social_token": "nonsense"}
    assert stranger.get("/api/me")["me"]["name"] == author.me["name"]
    stranger.get("/api/feed")


def test_regions_and_trends(people):
    author, _ = people
    author.write("in europe", "k")
    regions = author.get("/api/regions")["regions"]
    assert [each["region"] for each in regions] == ["eu", "us", "ap"]
    assert all(each["answered"]["server"] for each in regions)
    assert "trends" in author.get("/api/trending")


def test_when_the_changes_end_they_are_followed_again(cluster, people):
    author, reader = people
    reader.post("/api/follow", author=author.me["id"], follow=True)
    made = author.write("soon gone", "zero")
    news = reader.listen()
    try:
        # The change feed cannot show this one, and ends before it.
        with contextlib.closing(cluster.connect_as_root("db1")) as root:
            for statement in ("XA START 'x'", f"DELETE FROM social.post WHERE id = {made['id']}",
                              "XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'"):
                sql.execute(root, statement)
        news.next("reload")
        author.write("all is well again", "one")
        assert news.next("post")["text"] == "all is well again"
    finally:
        news.close()
