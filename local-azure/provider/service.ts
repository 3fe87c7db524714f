import { behaviourOf, dataSourceSchemas, providerSchema, resources } from './catalogue.ts';
import { errorMessage, pathMessage } from './diagnostics.ts';
import { CANCELLED, Failure } from './azure/failure.ts';
import { create, destroy, Unfinished } from './lifecycle.ts';
import { readState } from './reading.ts';
import { settled } from './sending.ts';
import { update } from './changes.ts';
import type { Resource } from './sending.ts';
import type { Json } from './mapping/json.ts';
import { text } from './mapping/json.ts';
import { argumentsOf } from './mapping/table.ts';
import type { Handlers } from './plugin/grpc-server.ts';
import type { Message } from './plugin/protobuf.ts';
import { mistakes, refusals } from './refusal.ts';
import { configure } from './settings.ts';
import type { Configured } from './settings.ts';
import { impliedType, normalise } from './terraform/normalise.ts';
import { plan, replacements } from './terraform/plan.ts';
import { schemaMessage } from './terraform/schema.ts';
import { equal, isMap, isUnknown, pack, unpack } from './terraform/values.ts';
import type { Value, ValueMap } from './terraform/values.ts';

/** The answers to Terraform's calls, for one configured provider. */
export class ProviderService {
  private readonly env: NodeJS.ProcessEnv;
  private readonly stopping = new AbortController();
  private configured: Configured | undefined;

  constructor(env: NodeJS.ProcessEnv) {
    this.env = env;
  }

  handlers(): Handlers {
    return {
      GetSchema: () => this.schema(),
      PrepareProviderConfig: (request) => ({ prepared_config: request['config'] }),
      ValidateResourceTypeConfig: (request) => this.validate(request),
      ValidateDataSourceConfig: () => ({}),
      UpgradeResourceState: (request) => this.upgrade(request),
      Configure: (request) => this.configure(request),
      ReadResource: (request) => this.read(request),
      PlanResourceChange: (request) => this.plan(request),
      ApplyResourceChange: (request) => this.apply(request),
      ImportResourceState: (request) => this.import(request),
      ReadDataSource: (request) => this.readData(request),
      Stop: () => this.stop(),
    };
  }

  private schema(): Message {
    const messages = (schemas: Iterable<[string, Parameters<typeof schemaMessage>[0]]>): Message =>
      Object.fromEntries([...schemas].map(([type, schema]) => [type, schemaMessage(schema)]));
    return {
      provider: schemaMessage(providerSchema),
      resource_schemas: messages([...resources].map(([type, { schema }]) => [type, schema])),
      data_source_schemas: messages(dataSourceSchemas),
      server_capabilities: { get_provider_schema_optional: true },
    };
  }

  private resource(request: Message): Resource {
    const found = resources.get(request['type_name'] as string);
    if (found === undefined)
      throw new Failure(`The stand-in provider does not serve ${String(request['type_name'])}.`);
    return found;
  }

  private setting(): Configured {
    if (this.configured === undefined) throw new Failure('The provider was not configured.');
    return this.configured;
  }

  private validate(request: Message): Message {
    const resource = this.resource(request);
    const config = unpack(request['config']) as ValueMap;
    const { exactlyOneOf } = behaviourOf(resource.type);
    const failures = [...refusals(resource, config), ...mistakes(exactlyOneOf, config)];
    return { diagnostics: failures.map(errorMessage) };
  }

  private upgrade(request: Message): Message {
    const { schema } = this.resource(request);
    const raw = (request['raw_state'] as { json: Buffer }).json;
    return { upgraded_state: pack(JSON.parse(raw.toString('utf8')) as Value, schema) };
  }

  private configure(request: Message): Promise<Message> {
    const config = unpack(request['config']) as ValueMap;
    return guarded(() => {
      this.configured = configure(settled(config), this.env, this.stopping.signal);
      return {};
    });
  }

  private plan(request: Message): Message {
    const { schema, type } = this.resource(request);
    const [prior, config] = [unpack(request['prior_state']), unpack(request['config'])];
    const proposed = unpack(request['proposed_new_state']);
    const rest = { legacy_type_system: true, planned_private: request['prior_private'] };
    if (proposed === null) return { planned_state: pack(null, schema), ...rest };
    const behaviour = behaviourOf(type);
    const planned = plan(schema, behaviour, config, prior);
    const made = normalise(planned, proposed, impliedType(schema), false);
    if (!isMap(prior)) return { planned_state: pack(made, schema), ...rest };
    const paths = replacements(schema, behaviour, made, prior);
    return { planned_state: pack(made, schema), requires_replace: paths.map(pathMessage), ...rest };
  }

  private async apply(request: Message): Promise<Message> {
    const resource = this.resource(request);
    const { schema } = resource;
    const [prior, planned] = [unpack(request['prior_state']), unpack(request['planned_state'])];
    const answer = (state: Value, errors: unknown[] = []): Message => ({
      new_state: pack(state, schema),
      legacy_type_system: true,
      diagnostics: errors.map(errorMessage),
    });
    try {
      const setting = this.setting();
      if (!isMap(planned)) {
        await destroy(resource, prior as ValueMap, setting);
        return answer(null);
      }
      const wanted = withWriteOnly(resource, planned, unpack(request['config']) as ValueMap);
      const state = isMap(prior)
        ? await update(resource, wanted, prior, setting)
        : await create(resource, wanted, setting);
      return answer(shaped(resource, state, planned, true));
    } catch (error) {
      if (error instanceof Unfinished) {
        return answer(shaped(resource, error.state, planned, true), [this.reason(error.reason)]);
      }
      return answer(leftBehind(prior, planned), [this.reason(error)]);
    }
  }

  private async read(request: Message): Promise<Message> {
    const resource = this.resource(request);
    const current = unpack(request['current_state']);
    return guarded(
      async () => {
        const state = await readState(resource, current as ValueMap, this.setting());
        const next = state === null ? null : shaped(resource, state, current, false);
        return { new_state: pack(next, resource.schema), private: request['private'] };
      },
      (error) => this.reason(error),
    );
  }

  private async import(request: Message): Promise<Message> {
    const resource = this.resource(request);
    return guarded(() => {
      const id = request['id'] as string;
      if (argumentsOf(resource.table.path, resource.table.armId?.(id) ?? id) === undefined) {
        throw new Failure(
          `parsing "${id}": the ID was not in the format of a ${resource.table.label}: ${resource.table.path}`,
        );
      }
      return {
        imported_resources: [{ type_name: resource.type, state: pack({ id }, resource.schema) }],
      };
    });
  }

  private readData(request: Message): Promise<Message> | Message {
    const schema = dataSourceSchemas.get(request['type_name'] as string);
    if (schema === undefined)
      throw new Failure(`The stand-in provider does not serve ${String(request['type_name'])}.`);
    return guarded(
      async () => {
        const { clientId, tenantId, subscriptionId, claims } = this.setting();
        const objectId = text((await claims())['oid'] as Json);
        const id = Buffer.from(
          `clientConfigs/clientId=${clientId};objectId=${objectId};subscriptionId=${subscriptionId};tenantId=${tenantId}`,
        ).toString('base64');
        const config = unpack(request['config']) as ValueMap;
        const state = {
          ...config,
          id,
          client_id: clientId,
          tenant_id: tenantId,
          subscription_id: subscriptionId,
          object_id: objectId,
        };
        return { state: pack(state, schema) };
      },
      (error) => this.reason(error),
    );
  }

  private stop(): Message {
    this.stopping.abort();
    return {};
  }

  /** Once stopped, whatever fails does so because it was stopped. */
  private reason(error: unknown): unknown {
    return this.stopping.signal.aborted ? new Failure(CANCELLED) : error;
  }
}

async function guarded(
  work: () => Message | Promise<Message>,
  reason: (error: unknown) => unknown = (error) => error,
): Promise<Message> {
  try {
    return await work();
  } catch (error) {
    return { diagnostics: [errorMessage(reason(error))] };
  }
}

/** What the SDK stores after a failure: of a change, what was wanted; of all else, what there was. */
function leftBehind(prior: Value, planned: Value): Value {
  return isMap(prior) && isMap(planned) ? settled(planned) : prior;
}

/** Write-only arguments are null in every plan; their value is in the configuration alone. */
function withWriteOnly({ schema }: Resource, planned: ValueMap, config: ValueMap): ValueMap {
  const values = { ...planned };
  for (const [name, attribute] of Object.entries(schema.attributes)) {
    if (attribute.writeOnly && !isUnknown(config[name])) values[name] = config[name] ?? null;
  }
  return values;
}

/** A state with the shapes that the SDK leaves, without write-only values, with its timeouts kept. */
function shaped({ schema }: Resource, state: ValueMap, source: Value, apply: boolean): Value {
  const bare = { ...settled(state) };
  for (const [name, attribute] of Object.entries(schema.attributes)) {
    if (attribute.writeOnly) bare[name] = null;
  }
  if (isMap(source)) bare['timeouts'] = source['timeouts'] ?? null;
  const made = normalise(bare, source, impliedType(schema), apply);
  return equal(made, source) ? source : made;
}
