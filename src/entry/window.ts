import { join } from 'node:path';
import type { JobHandlers } from '#kernel';
import { followEntries, type WindowContext } from '#rights';
import { openComplaints } from './complaints.ts';
import { openConsent } from './consent.ts';
import { openDeclined } from './http/routes/positive-records.ts';
import type { Node } from './node.ts';
import { openObjections } from './objections.ts';
import { openRepairs } from './repairs.ts';
import { openSelf } from './self.ts';
import { openVoluntary } from './voluntary.ts';

/** What the window works with on this node: what each of its acts works with. */
export function openWindow(node: Node): WindowContext {
  return {
    ...openVoluntary(node),
    get catalogue() {
      return node.lists.catalogue;
    },
    objections: openObjections(node),
    consents: openConsent(node),
    declined: openDeclined(node),
    repairs: openRepairs(node),
    complaints: openComplaints(node),
    self: openSelf(node),
    scansFolder: join(node.config.dataFolder, 'window-scans'),
  };
}

/** What jobs of the window do; when they run, the table of `serve` says. */
export function windowJobs(node: Node): JobHandlers {
  return {
    follow_window: async () => {
      await followEntries(openWindow(node));
    },
  };
}
