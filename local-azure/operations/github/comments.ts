import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { ofIssue } from './issues.ts';
import { bodyTooLong, LONGEST_BODY, notFound, ok, page, rest, unprocessable } from './respond.ts';
import {
  addComment,
  commentsOf,
  commentView,
  momentOf,
  trackerOf,
  type Comment,
} from './tracker.ts';

const list = rest({
  route: 'GET /issues/{number}/comments',
  answer: (call, world) =>
    ofIssue(call, world, (issue) =>
      page(
        call,
        commentsOf(world, issue.number).map((comment) => commentView(world, comment)),
      ),
    ),
});

const create = rest({
  route: 'POST /issues/{number}/comments',
  answer: (call, world) =>
    ofIssue(call, world, (issue) => {
      const body = bodyOf(call);
      if (typeof body !== 'string') return body;
      return ok(commentView(world, addComment(world, issue.number, body)), 201);
    }),
});

const read = rest({
  route: 'GET /issues/comments/{comment}',
  answer: (call, world) => ofComment(call, world, (comment) => ok(commentView(world, comment))),
});

const update = rest({
  route: 'PATCH /issues/comments/{comment}',
  answer: (call, world) =>
    ofComment(call, world, (comment) => {
      const body = bodyOf(call);
      if (typeof body !== 'string') return body;
      comment.body = body;
      comment.updatedAt = momentOf(world);
      return ok(commentView(world, comment));
    }),
});

const remove = rest({
  route: 'DELETE /issues/comments/{comment}',
  answer: (call, world) =>
    ofComment(call, world, (comment) => {
      trackerOf(world).comments.delete(comment.id);
      return { status: 204 };
    }),
});

/** The text of the comment that was sent, or the refusal of it. */
function bodyOf(call: Call): string | Answer {
  const body = (call.body as { readonly body?: unknown } | undefined)?.body;
  if (typeof body !== 'string' || body.trim() === '') {
    return unprocessable({ resource: 'IssueComment', code: 'missing_field', field: 'body' });
  }
  return body.length > LONGEST_BODY ? bodyTooLong('IssueComment') : body;
}

function ofComment(call: Call, world: World, answer: (comment: Comment) => Answer): Answer {
  const comment = trackerOf(world).comments.get(Number(call.params['comment']));
  return comment ? answer(comment) : notFound();
}

/** Comments on issues and pull requests: list, create, read, update, delete. */
export const comments: readonly Operation[] = [list, create, read, update, remove];
