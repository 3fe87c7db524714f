"""What zizmor and actionlint do not see in a workflow; prints findings, exits 1 where there are any.

- a caller must grant every permission that the called workflow's jobs ask for (GitHub refuses the run);
- a job with steps needs a deadline;
- a job that may ask for an id-token needs a GitHub environment, which its subject is made of;
- a commit that is pinned needs its version beside it, and each version the same commit everywhere;
- an example has at most 30 lines;
- no expression stands inside a shell command;
- a job that may write to the repository installs nothing;
- what changes Azure goes one after the other and is never cut off: by a group of the state in the job that
  applies, and by a group of its own in each example; no caller holds a group that it calls;
- a person is shown at most 25 inputs (GitHub refuses the file otherwise).
"""

import pathlib
import re
import sys

import yaml

OWN = re.compile(r'^(?:\$/|\./|OWNER/innereye-closed-network/)(\.github/workflows/[a-z-]+\.yml)')
PIN = re.compile(r'uses: (?P<action>[\w./-]+)@(?P<commit>[0-9a-f]{40})(?P<comment>.*)$')
LEVEL = {'none': 0, 'read': 1, 'write': 2}
EXAMPLE_LINES = 30
DISPATCH_INPUTS = 25
APPLY = 'innereye/apply/${{ inputs.environment }}'


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
            if granted.get('contents') == 'write' and re.search(r'\bnp[mx]\b', step.get('run', '')):
                yield f"may write to the repository, and runs code of others: {step['run'].strip()}"
    called = OWN.match(job.get('uses', ''))
    if called:
        callee = yaml.safe_load((root / called[1]).read_text(encoding='utf-8'))
        for name, level in wanted_permissions(callee).items():
            if LEVEL[granted.get(name, 'none')] < LEVEL[level]:
                yield f'calls {called[1]} without granting {name}: {level}'


def commands_of(job):
    """Commands of our action that a job runs."""
    return {step.get('with', {}).get('command') for step in job.get('steps', []) if 'uses' in step}


def groups_of(workflow):
    """Concurrency of the workflow and of its jobs."""
    places = [workflow, *workflow['jobs'].values()]
    return [place['concurrency'] for place in places if 'concurrency' in place]


def concurrency_findings(root, workflow, is_example):
    for name, job in workflow['jobs'].items():
        applies = commands_of(job) & {'deploy', 'destroy'}
        group = job.get('concurrency', {})
        if applies and (group.get('group') != APPLY or group.get('cancel-in-progress') is not False):
            yield f'job {name} changes the environment outside of the group {APPLY}'
        called = OWN.match(job.get('uses', ''))
        if called:
            callee = yaml.safe_load((root / called[1]).read_text(encoding='utf-8'))
            inner = {group['group'] for group in groups_of(callee)}
            for group in groups_of(workflow):
                if group['group'] in inner:
                    yield f"holds the group {group['group']}, and job {name} calls a workflow that asks for it"
    own = workflow.get('concurrency')
    if is_example and own is None:
        yield 'is an entry without a concurrency group'
    if is_example and own and own.get('cancel-in-progress') and 'plan.yml' not in str(workflow['jobs']):
        yield 'may be cut off by a newer run'


def dispatch_findings(workflow):
    # YAML 1.1 reads the key "on" as true.
    event = (workflow.get('on') or workflow.get(True) or {})
    inputs = (event.get('workflow_dispatch') or {}).get('inputs') or {} if isinstance(event, dict) else {}
    if len(inputs) > DISPATCH_INPUTS:
        yield f'shows a person {len(inputs)} inputs; GitHub takes {DISPATCH_INPUTS}'


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
        workflow = yaml.safe_load(text)
        is_example = path.parent.name == 'examples'
        for finding in [*concurrency_findings(root, workflow, is_example), *dispatch_findings(workflow)]:
            yield f'{name}: {finding}'
        for job, content in workflow['jobs'].items():
            for finding in job_findings(root, content):
                yield f'{name}: job {job} {finding}'
        for finding in pin_findings(text, versions):
            yield f'{name}: {finding}'
        if is_example and len(text.splitlines()) > EXAMPLE_LINES:
            yield f'{name}: has more than {EXAMPLE_LINES} lines'


if __name__ == '__main__':
    found = list(findings(pathlib.Path(sys.argv[1])))
    for finding in found:
        print(finding)
    sys.exit(1 if found else 0)
