"""The social network: visitors of three regions post and react while the primary is killed."""

import http.client
import json
import os
import random
import threading
import urllib.parse

from narration import expect, heading, say, tally
from stage import Setup
from waiting import wait_until

SETUP = Setup(
    replicas=3,
    servers={"db1": {"zone": "eu"}, "db2": {"zone": "eu"}, "db3": {"zone": "us"},
             "db4": {"zone": "ap"}},
    settings={
        "cache": {"enabled": True},
        # On a busy machine a replica may take long; the primary shall not answer for it.
        "reads": {"wait": "20s"},
        "failover": {"hold": "60s"},
    })

USERS, POSTS = 200, 1000
VISITORS = 6
REGIONS = ("eu", "us", "ap")
PAUSE_SECONDS = 1.0  # of a visitor between two visits: a few changes a second are pleasant to watch


def show(stage):
    heading(f"A network of {USERS} people with {POSTS} posts")
    stage.application.run("create")
    stage.application.run("seed", "--users", USERS, "--posts", POSTS)
    stage.sandbox.wait_for_replicas()
    stage.serve()
    _regions(stage)
    _goes_on(stage, Visitors(stage))


def _regions(stage):
    visitor = Visitor(stage.application.address, "eu", "demo_guest")
    for each in visitor.get("/api/regions")["regions"]:
        say(f"readers of {each['region']} are answered by {each['answered']['server']}; "
            f"{each['people']} people, {each['active']} active in the last hour")


def _goes_on(stage, visitors):
    heading(f"{VISITORS} visitors post, react and read; the primary is killed (SIGKILL)")
    visitors.wait_for_more()
    before = len(visitors.posts)
    old, new = stage.primary_dies()
    visitors.wait_for_more()
    say(f"posts before {before}, after {len(visitors.posts) - before}; "
        f"errors: {len(visitors.errors)}; feeds were answered by {tally(visitors.servers)}")
    stage.start_again(old)
    visitors.wait_for_more()
    visitors.check()
    acknowledged = set(visitors.posts)
    kept = {row[0] for row in stage.sandbox.execute(new, "SELECT id FROM social.post")}
    expect(acknowledged <= kept, "every post that was acknowledged is there")
    say("every post that was acknowledged is there, and everybody saw his own at once")
    visitors.stay()


class Visitor:
    """A browser's cookies."""

    def __init__(self, address, region, name):
        self._server = urllib.parse.urlparse(address).netloc
        self._cookies = {}
        self.post("/api/sign-in", name=name, region=region,
                  display_name=name.replace("_", " ").title())

    def get(self, path):
        return self._ask("GET", path, None)

    def post(self, path, **body):
        return self._ask("POST", path, json.dumps(body))

    def _ask(self, method, path, body):
        connection = http.client.HTTPConnection(self._server, timeout=120)
        try:
            cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
            connection.request(method, path, body, {"Cookie": cookies})
            response = connection.getresponse()
            for value in response.headers.get_all("Set-Cookie", []):
                name, _, rest = value.partition("=")
                self._cookies[name] = rest.partition(";")[0]
            answer = json.loads(response.read())
            expect(response.status == 200, f"{method} {path}: {answer}")
            return answer
        finally:
            connection.close()


class Visitors:
    """Threads that visit the page as long as the demo lasts."""

    WORDS = ("The view from here", "Second coffee", "New shoes, old road", "Rain again",
             "Found this on the way", "What a morning", "Back in the garden", "Soup weather")
    PICTURES = ("harbour", "mountains", "coffee", "night", "forest", "dunes", "kite", "bread")
    KINDS = ("like", "like", "love", "laugh", "wow", "sad")

    def __init__(self, stage):
        self._address = stage.application.address
        self._pause = threading.Event()  # never set
        self._counted = True
        self.posts, self.servers, self.errors = [], [], []
        for index in range(VISITORS):
            threading.Thread(target=self._run, args=(index,), daemon=True).start()

    def wait_for_more(self, count=2 * VISITORS):
        goal = len(self.posts) + count
        wait_until(lambda: self.errors or len(self.posts) >= goal, timeout=120,
                   what="the visitors go on")
        self.check()

    def check(self):
        expect(not self.errors, f"no visitor notices: {self.errors[:1]}")

    def stay(self):
        """They go on until the demo ends, whatever they are at then."""
        self._counted = False

    def _run(self, index):
        dice = random.Random(index)
        try:
            visitor = Visitor(self._address, REGIONS[index % 3], f"visitor_{index + 1}")
            for author in range(1, 9):
                visitor.post("/api/follow", author=author, follow=True)
            while not self._pause.wait(PAUSE_SECONDS * dice.random()):
                self._visit(visitor, dice)
        except Exception as error:  # told by check()
            if self._counted:
                self.errors.append(error)

    def _visit(self, visitor, dice):
        media = f"/media/{dice.choice(self.PICTURES)}.svg" if dice.random() < 0.4 else ""
        made = visitor.post("/api/post", text=dice.choice(self.WORDS), media=media,
                            key=os.urandom(16).hex())["post"]
        feed = visitor.get("/api/feed")
        entries = feed["page"]["entries"]
        expect(entries[0]["id"] == made["id"], "one's own post is there at once")
        for post in dice.sample(entries, min(3, len(entries))):
            visitor.post("/api/react", post=post["id"], kind=dice.choice(self.KINDS))
        visitor.post("/api/comment", post=dice.choice(entries)["id"], text="Nice!",
                     key=os.urandom(16).hex())
        if self._counted:
            self.posts.append(made["id"])
            self.servers.append(feed["answered"]["server"])
