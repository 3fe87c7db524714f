import { badRequest } from './errors.ts';

/** One comparison of an OData `$filter`; the field in lower case. */
export interface Comparison {
  readonly field: string;
  readonly equal: boolean;
  readonly value: string;
}

/**
 * The comparisons of a `$filter`, all of which must hold: `field eq 'x'` and `field ne 'x'` joined
 * by `and`, the part of OData that ARM takes for lists. Throws InvalidFilterInQueryString else.
 */
export function parseFilter(filter: string | null): Comparison[] {
  if (filter === null || filter.trim() === '') return [];
  return filter.split(/\s+and\s+/i).map((part) => {
    const match = /^\s*\(?\s*([\w./]+)\s+(eq|ne)\s+'((?:[^']|'')*)'\s*\)?\s*$/i.exec(part);
    const [, field, operator, value] = match ?? [];
    if (field === undefined || value === undefined) {
      throw badRequest(
        'InvalidFilterInQueryString',
        `Invalid $filter '${filter}' specified in the query string.`,
      );
    }
    return {
      field: field.toLowerCase(),
      equal: operator?.toLowerCase() === 'eq',
      value: value.replaceAll("''", "'"),
    };
  });
}
