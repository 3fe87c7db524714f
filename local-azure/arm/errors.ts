import type { Answer } from '../operation.ts';

/** A refusal in ARM's own words: it becomes the error envelope every client of ARM reads. */
export class ArmError extends Error {
  override readonly name = 'ArmError';
  readonly status: number;
  readonly code: string;
  readonly details: readonly ErrorDetail[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { details?: readonly ErrorDetail[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = more.details ?? [];
    this.headers = more.headers ?? {};
  }
}

/** One error within another, as deployments nest them. */
export interface ErrorDetail {
  readonly code: string;
  readonly message: string;
  readonly target?: string;
  readonly details?: readonly ErrorDetail[];
}

/** The inner part of ARM's error envelope. */
export function detailOf(error: ArmError): ErrorDetail {
  const { code, message, details } = error;
  return details.length > 0 ? { code, message, details } : { code, message };
}

/** The HTTP answer for a refusal. */
export function answerOf(error: ArmError): Answer {
  return { status: error.status, headers: error.headers, body: { error: detailOf(error) } };
}

/** Whatever a service threw, as a refusal; a defect of Local Azure itself stays one. */
export function asArmError(error: unknown): ArmError {
  if (error instanceof ArmError) return error;
  throw error;
}

/** 404 for a resource that is not there, in the words of ARM's front door. */
export function resourceNotFound(type: string, name: string, group: string | undefined): ArmError {
  const where = group === undefined ? '' : ` under resource group '${group}'`;
  return new ArmError(
    404,
    'ResourceNotFound',
    `The Resource '${type}/${name}'${where} was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

/** 404 for a resource group that is not there. */
export function groupNotFound(name: string): ArmError {
  return new ArmError(404, 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`);
}

/** 404 for a nested resource whose parent is not there. */
export function parentNotFound(child: string): ArmError {
  return new ArmError(
    404,
    'ParentResourceNotFound',
    `Failed to perform 'write' on resource(s) of type '${child}', because the parent resource could not be found.`,
  );
}

/** 404 for a subscription that this tenant does not have. */
export function subscriptionNotFound(subscription: string): ArmError {
  return new ArmError(
    404,
    'SubscriptionNotFound',
    `The subscription '${subscription}' could not be found.`,
  );
}

/** 403 in the words of ARM's authorisation; the caller reads principal, action and scope from it. */
export function authorizationFailed(objectId: string, action: string, scope: string): ArmError {
  return new ArmError(
    403,
    'AuthorizationFailed',
    `The client '${objectId}' with object id '${objectId}' does not have authorization to perform ` +
      `action '${action}' over scope '${scope}' or the scope is invalid. If access was recently ` +
      `granted, please refresh your credentials.`,
  );
}

/** 400 with a code of the service's own. */
export function badRequest(code: string, message: string): ArmError {
  return new ArmError(400, code, message);
}

/** 409 with a code of the service's own. */
export function conflict(code: string, message: string): ArmError {
  return new ArmError(409, code, message);
}
