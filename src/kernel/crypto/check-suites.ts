import { checkGm1 } from './check-gm-1.ts';
import { checkIntl1 } from './check-intl-1.ts';
import { gm1 } from './gm-1.ts';
import { intl1 } from './intl-1.ts';
import type { Suite, SuiteId } from './suite.ts';

const CHECKS: Readonly<Record<SuiteId, (suite: Suite) => void>> = { 'intl-1': checkIntl1, 'gm-1': checkGm1 };

/**
 * Known answers of the suites, run before the node serves: a cryptographic library that computes wrongly, or was
 * swapped, must not sign one receipt. All suites, whichever is active: each verifies what it once signed.
 * Throws AssertionError.
 */
export function checkSuites(suites: readonly Suite[] = [intl1, gm1]): void {
  for (const suite of suites) CHECKS[suite.id](suite);
}
