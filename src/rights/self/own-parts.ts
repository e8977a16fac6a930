import type { OwnPart } from './own-part.ts';
import { accessesPart, refusedPart } from './parts/accesses.ts';
import { alertsPart, outcomesPart } from './parts/alerts.ts';
import { complaintsPart } from './parts/complaints.ts';
import { consentsPart, mandatesPart } from './parts/consents.ts';
import { scoresPart, whitelistsPart } from './parts/evaluation.ts';
import { filedPart, pledgesPart } from './parts/filed.ts';
import { incidentsPart } from './parts/incidents.ts';
import { objectionsPart, recallsPart } from './parts/matters.ts';
import { recordsPart, voluntaryPart } from './parts/records.ts';
import { removalsPart } from './parts/removals.ts';
import { sharingPart } from './parts/sharing.ts';
import { termsPart } from './parts/terms.ts';
import { windowPart } from './parts/window.ts';

/** Everything, in the order in which it is shown. A part is added by one line. */
export const OWN_PARTS: readonly OwnPart[] = [
  recordsPart,
  voluntaryPart,
  filedPart,
  pledgesPart,
  accessesPart,
  refusedPart,
  consentsPart,
  mandatesPart,
  scoresPart,
  whitelistsPart,
  alertsPart,
  outcomesPart,
  objectionsPart,
  complaintsPart,
  recallsPart,
  removalsPart,
  incidentsPart,
  termsPart,
  windowPart,
  sharingPart,
];
