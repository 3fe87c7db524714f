/** What to do about an error code of Azure, and the section of docs/troubleshooting.md about it. */
export interface Remedy {
  readonly next: string;
  readonly anchor: string;
}

interface Rule extends Remedy {
  readonly codes: RegExp;
  /** Where the code alone says too little. */
  readonly message?: RegExp;
}

const nameTaken =
  'the name is in use by somebody else in Azure (such names are global; a compute instance has one of its region). Choose another name for the environment.';

const moreQuota =
  'ask for more quota in this region (Azure portal, Quotas; Machine Learning has quotas of its own), choose a smaller size, or another region.';

const otherSize =
  'choose a size that this region offers to this subscription (az vm list-skus --location <region>), or another region.';

const laterOrElsewhere =
  'Azure has no free machines of this size here at the moment. Run again later, or choose another size or region.';

const widerSubnet =
  'the subnet has no free addresses. Give it a larger range in the variables, or remove what is in it.';

const anchor = 'quota';

/** Codes that say nothing: the cause is in the message alone (Machine Learning's are often of this kind). */
const vague =
  /^(OperationNotAllowed|ResourceRequestsThrottled|Conflict|BadRequest|InvalidRequest|InvalidParameter|InvalidPropertyValue|UserError|ValidationError|Failed|SystemError)$/;

/**
 * Codes as ARM and the resource providers give them (learn.microsoft.com, "Troubleshoot common Azure
 * deployment errors" and the pages of the services). The first rule that fits wins.
 */
const rules: readonly Rule[] = [
  {
    codes: /^(AuthorizationFailed|LinkedAuthorizationFailed|RoleAssignmentUpdateNotPermitted)$/,
    next: 'give the identity the role that allows this action at this scope (docs/setup.md, step 3: InnerEye deployer, InnerEye plan or InnerEye use, by what it does), then run again; a new role takes effect within about five minutes.',
    anchor: 'roles',
  },
  {
    codes: /^(InvalidAuthenticationTokenTenant|InvalidSubscriptionId|SubscriptionNotFound)$/,
    next: 'check subscription-id and tenant-id, and that the identity has a role in that subscription: without one Azure says that it does not exist.',
    anchor: 'subscription',
  },
  {
    codes:
      /^(SubscriptionNotRegistered|MissingSubscriptionRegistration|NoRegisteredProviderFound)$/,
    next: 'register the resource provider named above once for the subscription: az provider register --namespace <provider> (needs the right to register providers), then run again.',
    anchor: 'providers',
  },
  {
    codes: /^(ReadOnlyDisabledSubscription|DisabledSubscription|SubscriptionDisabled)$/i,
    next: 'the subscription is disabled or over its spending limit; its owner can enable it again in the Azure portal.',
    anchor: 'subscription',
  },
  {
    codes:
      /^(QuotaExceeded|ResourceQuotaExceeded|InsufficientQuota|SubscriptionQuotaExceeded|\w*CoreQuotaReached|ClusterMinNodesExceedCoreQuota)$/,
    next: moreQuota,
    anchor: 'quota',
  },
  { codes: vague, message: /quota/i, next: moreQuota, anchor: 'quota' },
  // The size is offered, but not at the moment: Azure uses the code of a size that is not offered.
  { codes: /^SkuNotAvailable$/i, message: /capacity restriction/i, next: laterOrElsewhere, anchor },
  {
    codes:
      /^(SkuNotAvailable|NotAvailableForSubscription|InvalidVmSize|VMSizeNotSupported|SkuNotSupported)$/i,
    next: otherSize,
    anchor,
  },
  {
    codes: vague,
    message: /(not a supported VM ?size|VM ?size\b.*\bnot (available|supported))/i,
    next: otherSize,
    anchor,
  },
  {
    // Azure Batch says so, too, where a firewall keeps the nodes from starting (microsoft/AzureTRE#4151).
    codes: /^AllocationFailed$/,
    message: /nodes could not be allocated/i,
    next: 'either Azure has no free machines of this size here at the moment, or its nodes cannot reach what they need to start: run verify, which tries the ways out, then deploy again.',
    anchor,
  },
  {
    codes:
      /^(AllocationFailed|ZonalAllocationFailed|OverconstrainedAllocationRequest|OverconstrainedZonalAllocationRequest|OutOfCapacity|InsufficientCapacity|RegionDoesNotHaveEnoughCapacity)$/i,
    next: laterOrElsewhere,
    anchor,
  },
  { codes: vague, message: /sufficient capacity/i, next: laterOrElsewhere, anchor },
  {
    codes: /^(SubnetIsFull|NotEnoughIPAddresses|SubnetFull)$/i,
    next: widerSubnet,
    anchor: 'network',
  },
  {
    codes: vague,
    message: /subnet\b.*\b(enough|available|free) (capacity|(available )?ip|addresses)/is,
    next: widerSubnet,
    anchor: 'network',
  },
  {
    codes:
      /^(StorageAccountAlreadyTaken|StorageAccountAlreadyExists|VaultNameNotValid|AlreadyInUse|AlreadyExists|NameNotAvailable|NameUnavailable|WebsiteAlreadyExists|StorageAccountInAnotherResourceGroup)$/,
    next: nameTaken,
    anchor: 'names',
  },
  {
    codes: /^(VaultAlreadyExists|ConflictError)$/,
    next: 'a key vault of this name exists, or was deleted and is kept until its retention ends: az keyvault list-deleted shows it, az keyvault recover or purge frees it; otherwise choose another name for the environment.',
    anchor: 'soft-deleted',
  },
  {
    codes: /^(FlagMustBeSetForRestore|SoftDeletedWorkspaceExists)$/,
    next: 'a deleted resource of this name is still kept. Recover or purge it (docs/troubleshooting.md shows the commands), then run again.',
    anchor: 'soft-deleted',
  },
  {
    codes: /./,
    message: /soft.?deleted|in deleted state|recoverable/i,
    next: 'a deleted resource of this name is still kept. Recover or purge it (docs/troubleshooting.md shows the commands), then run again.',
    anchor: 'soft-deleted',
  },
  {
    codes: vague,
    message: /name .*(is not available\. Reason: AlreadyExists|already (in use|exists|taken))/is,
    next: nameTaken,
    anchor: 'names',
  },
  {
    codes: /^(ResourceGroupBeingDeleted|ResourceBeingDeleted|ParentResourceBeingDeleted)$/i,
    next: 'it is being deleted at this moment. Wait until the deletion has ended, then run again.',
    anchor: 'azure-errors',
  },
  {
    codes: /^DeploymentActive$/,
    next: 'a deployment of the same name is still running. Wait for its end, or cancel it in the Azure portal (resource group, Deployments), then run again.',
    anchor: 'azure-errors',
  },
  {
    codes: /^RequestDisallowedByPolicy$/,
    next: 'a policy of your organisation forbids this; the message names the policy. Ask its owner for an exemption, or change the setting it is about.',
    anchor: 'policy',
  },
  {
    codes: /^(ScopeLocked|CanNotDelete|LockedScope)$/i,
    next: 'a lock protects this resource or its group (az lock list). Whoever set it can remove it; then run again.',
    anchor: 'locks',
  },
  {
    codes:
      /^(LocationNotAvailableForResourceType|InvalidLocation|LocationNotAvailableForResourceGroup|NoRegisteredProviderForLocation)$/,
    next: 'this region does not offer the resource. Choose another location.',
    anchor: 'quota',
  },
  {
    codes: /^InvalidResourceGroupLocation$/,
    next: 'the resource group exists in another region, and a group cannot move. Use that region as location, or another name for the environment.',
    anchor: 'names',
  },
  {
    codes: /^(PrincipalNotFound)$/,
    next: 'Entra does not know this identity yet. Run again in a minute; if it stays so, the identity was deleted.',
    anchor: 'roles',
  },
  {
    codes: /^(TooManyRequests|SubscriptionRequestsThrottled|ResourceCollectionRequestsThrottled)$/,
    next: 'Azure limits how often this subscription may ask, and stayed at its limit for minutes. Run again later.',
    anchor: 'azure-errors',
  },
  {
    codes:
      /^(AuthorizationPermissionMismatch|AuthorizationFailure|InsufficientAccountPermissions)$/,
    next: 'the identity needs the role Storage Blob Data Contributor on this storage account, or, where it only plans and checks drift, Storage Blob Data Reader; a new role takes some minutes to work. If the account has a firewall, this runner must be allowed.',
    anchor: 'state',
  },
];

/** The first remedy that fits a code and its message. */
export function remedyFor(code: string, message: string): Remedy | undefined {
  return rules.find((rule) => rule.codes.test(code) && (rule.message?.test(message) ?? true));
}
