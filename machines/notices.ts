/**
 * Something that people may want to hear of while they do not look: a failure, an approval that waits for them, a phase that went beyond a
 * limit. Machines put them into `world.notices`; each stays owed until a record says that it was told.
 */
export type Notice =
  | { readonly kind: 'failure'; readonly status: string; readonly message: string }
  | {
      readonly kind: 'approval';
      readonly step: string;
      readonly phase: string;
      readonly message: string;
      readonly about: 'asked' | 'reminder' | 'escalated';
    }
  | {
      readonly kind: 'deviation';
      readonly phase: string;
      readonly message: string;
      readonly reaction: string;
    };
