"""What zizmor and actionlint do not see in a workflow; prints findings, exits 1 where there are any.

- a caller must grant every permission that the called workflow's jobs ask for (GitHub refuses the run);
- a job with steps needs a deadline;
- a job that may ask for an id-token needs a GitHub environment, which its subject is made of;
- a commit that is pinned needs its version beside it, and each version the same commit everywhere;
- an example has at most 30 lines;
- no expression stands inside a shell command.
"""

import pathlib
import re
import sys

import yaml

OWN = re.compile(r'^(?:\$/|\./|OWNER/innereye-closed-network/)(\.github/workflows/[a-z-]+\.yml)')
PIN = re.compile(r'uses: (?P<action>[\w./-]+)@(?P<commit>[0-9a-f]{40})(?P<comment>.*)$')
LEVEL = {'none': 0, 'read': 1, 'write': 2}
EXAMPLE_LINES = 30


def wanted_permissions(workflow):
    """The highest level each permission is asked for at, over all jobs."""
    wanted = {}
    for job in workflow['jobs'].values():
        for name, level in (job.get('permissions') or {}).items():
            wanted[name] = max(wanted.get(name, 'none'), level, key=LEVEL.get)
    return wanted


def job_findings(root, job):
    granted = job.get('permissions') or {}
    if 'steps' in job:
        if 'timeout-minutes' not in job:
            yield 'has no deadline (timeout-minutes)'
        if granted.get('id-token') == 'write' and 'environment' not in job:
            yield 'may ask for an id-token, but names no GitHub environment'
        for step in job['steps']:
            if '${{' in step.get('run', ''):
                yield f"has an expression in a shell command: {step['run'].strip()}"
    called = OWN.match(job.get('uses', ''))
    if called:
        callee = yaml.safe_load((root / called[1]).read_text(encoding='utf-8'))
        for name, level in wanted_permissions(callee).items():
            if LEVEL[granted.get(name, 'none')] < LEVEL[level]:
                yield f'calls {called[1]} without granting {name}: {level}'


def pin_findings(text, versions):
    for line in text.splitlines():
        pin = PIN.search(line)
        if not pin:
            continue
        version = re.fullmatch(r' # v\d+\.\d+\.\d+', pin['comment'])
        if not version:
            yield f"pins {pin['action']} without its version (# v1.2.3)"
            continue
        key = (pin['action'], version[0])
        if versions.setdefault(key, pin['commit']) != pin['commit']:
            yield f"pins {pin['action']}{version[0]} to another commit than elsewhere"


def findings(root):
    versions = {}
    for path in sorted([*(root / '.github/workflows').glob('*.yml'), *(root / 'examples').glob('*.yml')]):
        name = path.relative_to(root)
        text = path.read_text(encoding='utf-8')
        for job, content in yaml.safe_load(text)['jobs'].items():
            for finding in job_findings(root, content):
                yield f'{name}: job {job} {finding}'
        for finding in pin_findings(text, versions):
            yield f'{name}: {finding}'
        if path.parent.name == 'examples' and len(text.splitlines()) > EXAMPLE_LINES:
            yield f'{name}: has more than {EXAMPLE_LINES} lines'


if __name__ == '__main__':
    found = list(findings(pathlib.Path(sys.argv[1])))
    for finding in found:
        print(finding)
    sys.exit(1 if found else 0)
