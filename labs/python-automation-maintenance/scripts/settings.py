# chore: load a configuration with types
# born: 2021-07-01
# needs: pydantic
import configparser
from typing import List, Optional

from pydantic import BaseModel


class Job(BaseModel):
    command: str
    after: str
    retries: int = 0
    enabled: bool
    owner: Optional[str]
    tags: List[str] = []


parser = configparser.ConfigParser()
parser.read("jobs.ini")
for name in parser.sections():
    job = Job(**parser[name], tags=[name])
    print(job.dict())
