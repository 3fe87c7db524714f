import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { bodyTooLong, LONGEST_BODY, notFound, ok, page, rest, unprocessable } from './respond.ts';
import { issueView, momentOf, openIssue, trackerOf, type Issue } from './tracker.ts';

/** What a client sends for an issue; GitHub ignores what it does not know. */
interface Sent {
  readonly title?: unknown;
  readonly body?: unknown;
  readonly labels?: unknown;
  readonly state?: unknown;
  readonly state_reason?: unknown;
}

const list = rest({
  route: 'GET /issues',
  simplified: 'filters: state, labels, creator; order: sort and direction by creation only',
  answer: (call, world) => {
    const issues = [...trackerOf(world).issues.values()].filter((issue) => wanted(issue, call));
    if (call.query.get('direction') !== 'asc') issues.reverse();
    return page(
      call,
      issues.map((issue) => issueView(world, issue)),
    );
  },
});

function wanted(issue: Issue, call: Call): boolean {
  const state = call.query.get('state') ?? 'open';
  const labels = (call.query.get('labels') ?? '').split(',').filter((label) => label !== '');
  const creator = call.query.get('creator');
  return (
    (state === 'all' || issue.state === state) &&
    labels.every((label) =>
      issue.labels.some((one) => one.toLowerCase() === label.toLowerCase()),
    ) &&
    (creator === null || creator === issue.author || `${creator}[bot]` === issue.author)
  );
}

const create = rest({
  route: 'POST /issues',
  answer: (call, world) => {
    const sent = (call.body ?? {}) as Sent;
    if (typeof sent.title !== 'string' || sent.title.trim() === '') {
      return unprocessable({ resource: 'Issue', code: 'missing_field', field: 'title' });
    }
    const refusal = badIssue(sent);
    if (refusal) return refusal;
    const issue = openIssue(world, {
      title: sent.title,
      body: textOf(sent.body) ?? null,
      labels: namesOf(sent.labels) ?? [],
    });
    return ok(issueView(world, issue), 201);
  },
});

const read = rest({
  route: 'GET /issues/{number}',
  answer: (call, world) => ofIssue(call, world, (issue) => ok(issueView(world, issue))),
});

const update = rest({
  route: 'PATCH /issues/{number}',
  answer: (call, world) =>
    ofIssue(call, world, (issue) => {
      const sent = (call.body ?? {}) as Sent;
      const refusal = badIssue(sent);
      if (refusal) return refusal;
      change(world, issue, sent);
      return ok(issueView(world, issue));
    }),
});

const addLabels = rest({
  route: 'POST /issues/{number}/labels',
  answer: (call, world) =>
    ofIssue(call, world, (issue) => {
      const sent = Array.isArray(call.body) ? call.body : (call.body as Sent | undefined)?.labels;
      issue.labels = [...new Set([...issue.labels, ...(namesOf(sent) ?? [])])];
      return ok(issueView(world, issue)['labels']);
    }),
});

function change(world: World, issue: Issue, sent: Sent): void {
  const now = momentOf(world);
  issue.title = textOf(sent.title) ?? issue.title;
  if (sent.body !== undefined) issue.body = textOf(sent.body) ?? null;
  issue.labels = namesOf(sent.labels) ?? issue.labels;
  if (sent.state === 'closed' && issue.state === 'open') {
    Object.assign(issue, { state: 'closed', closedAt: now, stateReason: 'completed' });
  } else if (sent.state === 'open' && issue.state === 'closed') {
    Object.assign(issue, { state: 'open', closedAt: null, stateReason: 'reopened' });
  }
  issue.stateReason = textOf(sent.state_reason) ?? issue.stateReason;
  issue.updatedAt = now;
}

function badIssue(sent: Sent): Answer | undefined {
  if (typeof sent.body === 'string' && sent.body.length > LONGEST_BODY) return bodyTooLong('Issue');
  if (typeof sent.title === 'string' && sent.title.length > 256) {
    const message = 'title is too long (maximum is 256 characters)';
    return unprocessable({ resource: 'Issue', code: 'custom', field: 'title', message });
  }
  return undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function namesOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map((label: unknown) =>
    typeof label === 'string' ? label : String((label as { readonly name?: unknown }).name),
  );
}

/** Answers for the issue that the path names, or 404. */
export function ofIssue(call: Call, world: World, answer: (issue: Issue) => Answer): Answer {
  const issue = trackerOf(world).issues.get(Number(call.params['number']));
  return issue ? answer(issue) : notFound();
}

/** Issues: list, create, read, update, label. */
export const issues: readonly Operation[] = [list, create, read, update, addLabels];
