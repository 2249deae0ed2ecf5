import { isoTime } from '../iso-time.ts';
import type { Provenance } from './graph.ts';

/**
 * The graph in W3C PROV-JSON (https://www.w3.org/submissions/prov-json/): entities, activities, agents, and who used, generated and did
 * what.
 */
export function provJson({ execution, task, entities, activities, outputsFrom }: Provenance): object {
  const name = (id: string): string => `run:${encodeURIComponent(id)}`;
  const used: Relation = {};
  const generated: Relation = {};
  const associated: Relation = {};
  const derived: Relation = {};
  /** What was kept is what the other execution made. */
  const same: Relation = {};
  const agents: Relation = {};
  for (const activity of activities) {
    for (const id of activity.used) {
      used[`_:u${count(used)}`] = { 'prov:activity': name(`step/${activity.id}`), 'prov:entity': name(id) };
    }
    for (const id of activity.generated) {
      generated[`_:g${count(generated)}`] = {
        'prov:entity': name(id),
        'prov:activity': name(`step/${activity.id}`),
        'prov:time': isoTime(activity.endedAt),
      };
    }
    if (activity.keptFrom !== undefined) {
      for (const id of activity.generated) {
        same[`_:s${count(same)}`] = {
          'prov:specificEntity': name(id),
          'prov:generalEntity': {
            $: `urn:troupe:execution:${activity.keptFrom}:${encodeURIComponent(id)}`,
            type: 'xsd:anyURI',
          },
        };
      }
    }
    const doer = activity.agent ?? 'troupe';
    agents[name(`agent/${doer}`)] = {
      'prov:type': { $: 'prov:SoftwareAgent', type: 'prov:QUALIFIED_NAME' },
      'troupe:role': doer,
    };
    associated[`_:a${count(associated)}`] = {
      'prov:activity': name(`step/${activity.id}`),
      'prov:agent': name(`agent/${doer}`),
    };
  }
  for (const id of outputsFrom ?? []) {
    derived[`_:d${count(derived)}`] = {
      'prov:generatedEntity': name('outputs'),
      'prov:usedEntity': name(id),
    };
  }
  return {
    prefix: {
      run: `urn:troupe:execution:${execution}:`,
      troupe: 'urn:troupe:terms:',
      xsd: 'http://www.w3.org/2001/XMLSchema#',
    },
    entity: Object.fromEntries(
      entities.map((entity) => [
        name(entity.id),
        {
          'prov:label': entity.name,
          'troupe:kind': entity.kind,
          'troupe:digest': entity.digest,
          'troupe:bytes': { $: String(entity.bytes), type: 'xsd:long' },
          'troupe:at': { $: isoTime(entity.at), type: 'xsd:dateTime' },
          ...(entity.mediaType === undefined ? {} : { 'troupe:mediaType': entity.mediaType }),
        },
      ]),
    ),
    activity: Object.fromEntries(
      activities.map((activity) => [
        name(`step/${activity.id}`),
        {
          'prov:startTime': isoTime(activity.startedAt),
          'prov:endTime': isoTime(activity.endedAt),
          'prov:label': activity.id,
          'troupe:task': `${task.name} ${task.version}`,
          'troupe:phase': activity.phase,
          'troupe:kind': activity.kind,
          'troupe:attempt': { $: String(activity.attempt), type: 'xsd:int' },
          'troupe:status': activity.status,
          ...(activity.keptFrom === undefined ? {} : { 'troupe:keptFrom': activity.keptFrom }),
          ...(activity.host === undefined ? {} : { 'troupe:host': activity.host }),
        },
      ]),
    ),
    agent: agents,
    used,
    wasGeneratedBy: generated,
    wasAssociatedWith: associated,
    wasDerivedFrom: derived,
    ...(count(same) === 1 ? {} : { specializationOf: same }),
  };
}

interface Relation {
  [id: string]: object;
}

function count(relation: Relation): number {
  return Object.keys(relation).length + 1;
}
