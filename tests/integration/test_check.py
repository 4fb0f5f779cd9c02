"""`understudy check`: what would hurt, and the statements that mend it."""

import re
import subprocess

import pytest


@pytest.fixture
def check(binary, cluster, tmp_path):
    """Runs the check as a service account of this name and password."""

    def run(user, password):
        servers = ", ".join(f'"127.0.0.1:{cluster.port(name)}"' for name in cluster.names)
        file = tmp_path / "check.toml"
        file.write_text(
            f'servers = [{servers}]\n[service]\nuser = "{user}"\npassword = "{password}"\n')
        return subprocess.run([binary, "check", "--config", str(file)], capture_output=True,
                              text=True, timeout=60)

    return run


def statements(output):
    """The SQL that it says to run."""
    return {found.strip() for found in re.findall(r"(?:CREATE USER|GRANT)[^;]*;", output)}


def test_a_sandbox_is_ready_to_serve(binary, cluster):
    done = subprocess.run([binary, "check", "--config", str(cluster.config)], capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_statements_that_it_names_are_enough(cluster, check):
    first = check("watcher", "secret")
    assert first.returncode == 1
    mend = statements(first.stdout)
    assert any(text.startswith("CREATE USER 'watcher'@'%'") for text in mend), first.stdout
    for statement in sorted(mend):  # CREATE before GRANT
        statement = statement.replace("<the password of [service]>", "secret")
        subprocess.run(["mariadb", "--no-defaults", "-S", cluster.status()[0]["socket"], "-u",
                        "root", "-e", statement], check=True, timeout=60)
    cluster.wait_for_replicas()
    second = check("watcher", "secret")
    assert second.returncode == 0, second.stdout + second.stderr


def test_a_server_that_is_down_is_named(cluster, check):
    cluster.kill("db3")
    try:
        done = check("understudy", "wrong")
        assert done.returncode == 1
        assert "db3" in done.stdout and str(cluster.port("db3")) in done.stdout
        assert len(done.stderr.strip().splitlines()) == 1
    finally:
        cluster.heal()


def test_what_would_hurt_on_the_day_of_a_failover(binary, cluster):
    words = cluster.flavour
    harm = (f"SET GLOBAL {words.semi_sync_source}_wait_point=AFTER_COMMIT; "
            f"SET GLOBAL {words.wise_setting}=0; "
            f"CREATE USER careless@'%'; GRANT {words.read_only_bypass} ON *.* TO careless@'%'")
    mend = ("DROP USER careless@'%'; "
            f"SET GLOBAL {words.semi_sync_source}_wait_point=AFTER_SYNC; "
            f"SET GLOBAL {words.wise_setting}=1")
    cluster.execute_as_root(harm, "db1")
    try:
        done = subprocess.run([binary, "check", "--config", str(cluster.config)],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, "one can serve like this"
        for found in (words.unwise, "before a replica has it",
                      "'careless'@'%' writes in spite of read_only"):
            assert found in done.stdout, done.stdout
    finally:
        cluster.execute_as_root(mend, "db1")
