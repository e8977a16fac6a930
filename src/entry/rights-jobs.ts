import type { JobHandlers } from '#kernel';
import { complaintJobs } from './complaints.ts';
import type { Node } from './node.ts';
import { askForObjections, objectionJobs } from './objections.ts';
import { askForPersons, personsJobs } from './persons.ts';
import { processingJobs } from './processing.ts';
import { askForRepairs, repairJobs } from './repairs.ts';
import { retentionJobs } from './retention.ts';
import { rightsJobs } from './rights.ts';
import { selfJobs } from './self.ts';
import { followVoluntary } from './voluntary.ts';
import { windowJobs } from './window.ts';

/** What is owed to enterprises and persons goes on by itself: terms, objections, repairs, what runs out. */
export function allRightsJobs(node: Node): JobHandlers {
  return {
    ...rightsJobs(node),
    ...processingJobs(node),
    ...retentionJobs(node),
    follow_voluntary: () => followVoluntary(node),
    ...selfJobs(node),
    ...objectionJobs(node),
    ...repairJobs(node),
    ...complaintJobs(node),
    ...windowJobs(node),
    ...personsJobs(node),
  };
}

/** After new versions of records: marks go over, repaired records stay out of use, persons are told. */
export async function askForRights(node: Node): Promise<void> {
  await askForObjections(node);
  await askForRepairs(node);
  await askForPersons(node);
}
