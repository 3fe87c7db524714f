import type { MessageShape } from './protobuf.ts';

/**
 * The messages of Terraform's plugin protocol 5 that this provider takes and gives (field numbers
 * from tfplugin5.proto). What is not named here is skipped on the way in.
 */
const dynamic: MessageShape = {
  1: { name: 'msgpack', type: 'bytes' },
  2: { name: 'json', type: 'bytes' },
};

const path: MessageShape = {
  1: {
    name: 'steps',
    repeated: true,
    type: {
      1: { name: 'attribute', type: 'string' },
      2: { name: 'key', type: 'string' },
      3: { name: 'index', type: 'index' },
    },
  },
};

const diagnostic: MessageShape = {
  1: { name: 'severity', type: 'int' },
  2: { name: 'summary', type: 'string' },
  3: { name: 'detail', type: 'string' },
  4: { name: 'attribute', type: path },
};
const diagnostics = { name: 'diagnostics', type: diagnostic, repeated: true } as const;

const attribute: MessageShape = {
  1: { name: 'name', type: 'string' },
  2: { name: 'type', type: 'bytes' },
  4: { name: 'required', type: 'bool' },
  5: { name: 'optional', type: 'bool' },
  6: { name: 'computed', type: 'bool' },
  7: { name: 'sensitive', type: 'bool' },
  9: { name: 'deprecated', type: 'bool' },
  10: { name: 'write_only', type: 'bool' },
};

type Mutable = Record<number, MessageShape[number]>;
const block: Mutable = {};
const nested: MessageShape = {
  1: { name: 'type_name', type: 'string' },
  2: { name: 'block', type: block },
  3: { name: 'nesting', type: 'int' },
  4: { name: 'min_items', type: 'int' },
  5: { name: 'max_items', type: 'int' },
};
Object.assign(block, {
  1: { name: 'version', type: 'int' },
  2: { name: 'attributes', type: attribute, repeated: true },
  3: { name: 'block_types', type: nested, repeated: true },
  6: { name: 'deprecated', type: 'bool' },
} satisfies Mutable);

const schema: MessageShape = {
  1: { name: 'version', type: 'int' },
  2: { name: 'block', type: block },
};
const capabilities: MessageShape = {
  1: { name: 'plan_destroy', type: 'bool' },
  2: { name: 'get_provider_schema_optional', type: 'bool' },
  3: { name: 'move_resource_state', type: 'bool' },
};
const typed = { name: 'type_name', type: 'string' } as const;

/** Request and answer of one remote procedure. */
export interface Procedure {
  readonly request: MessageShape;
  readonly response: MessageShape;
}

const validate: Procedure = {
  request: { 1: typed, 2: { name: 'config', type: dynamic } },
  response: { 1: diagnostics },
};

export const procedures = {
  GetSchema: {
    request: {},
    response: {
      1: { name: 'provider', type: schema },
      2: { name: 'resource_schemas', type: { mapOf: schema } },
      3: { name: 'data_source_schemas', type: { mapOf: schema } },
      4: diagnostics,
      6: { name: 'server_capabilities', type: capabilities },
    },
  },
  PrepareProviderConfig: {
    request: { 1: { name: 'config', type: dynamic } },
    response: { 1: { name: 'prepared_config', type: dynamic }, 2: diagnostics },
  },
  ValidateResourceTypeConfig: validate,
  ValidateDataSourceConfig: validate,
  UpgradeResourceState: {
    request: {
      1: typed,
      2: { name: 'version', type: 'int' },
      3: { name: 'raw_state', type: { 1: { name: 'json', type: 'bytes' } } },
    },
    response: { 1: { name: 'upgraded_state', type: dynamic }, 2: diagnostics },
  },
  Configure: {
    request: {
      1: { name: 'terraform_version', type: 'string' },
      2: { name: 'config', type: dynamic },
    },
    response: { 1: diagnostics },
  },
  ReadResource: {
    request: {
      1: typed,
      2: { name: 'current_state', type: dynamic },
      3: { name: 'private', type: 'bytes' },
    },
    response: {
      1: { name: 'new_state', type: dynamic },
      2: diagnostics,
      3: { name: 'private', type: 'bytes' },
    },
  },
  PlanResourceChange: {
    request: {
      1: typed,
      2: { name: 'prior_state', type: dynamic },
      3: { name: 'proposed_new_state', type: dynamic },
      4: { name: 'config', type: dynamic },
      5: { name: 'prior_private', type: 'bytes' },
    },
    response: {
      1: { name: 'planned_state', type: dynamic },
      2: { name: 'requires_replace', type: path, repeated: true },
      3: { name: 'planned_private', type: 'bytes' },
      4: diagnostics,
      5: { name: 'legacy_type_system', type: 'bool' },
    },
  },
  ApplyResourceChange: {
    request: {
      1: typed,
      2: { name: 'prior_state', type: dynamic },
      3: { name: 'planned_state', type: dynamic },
      4: { name: 'config', type: dynamic },
      5: { name: 'planned_private', type: 'bytes' },
    },
    response: {
      1: { name: 'new_state', type: dynamic },
      2: { name: 'private', type: 'bytes' },
      3: diagnostics,
      4: { name: 'legacy_type_system', type: 'bool' },
    },
  },
  ImportResourceState: {
    request: { 1: typed, 2: { name: 'id', type: 'string' } },
    response: {
      1: {
        name: 'imported_resources',
        repeated: true,
        type: {
          1: typed,
          2: { name: 'state', type: dynamic },
          3: { name: 'private', type: 'bytes' },
        },
      },
      2: diagnostics,
    },
  },
  ReadDataSource: {
    request: { 1: typed, 2: { name: 'config', type: dynamic } },
    response: { 1: { name: 'state', type: dynamic }, 2: diagnostics },
  },
  Stop: { request: {}, response: { 1: { name: 'Error', type: 'string' } } },
  Shutdown: { request: {}, response: {} },
} as const satisfies Record<string, Procedure>;

export type ProcedureName = keyof typeof procedures;
