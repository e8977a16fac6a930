/**
 * 1–4 构建融资信用服务体系: who takes part in the node and proves to be who they say.
 * Accounts, sign-in, sessions and the only maker of callers.
 */
export {
  type Account,
  type Act,
  disableAccount,
  listAccounts,
  makeAccount,
  type NewAccount,
  setPassword,
} from './accounts.ts';
export { authenticate, type Credentials } from './authenticate.ts';
export { makeAuthenticator } from './authenticator.ts';
export { commandLineCaller, systemCaller } from './callers.ts';
export {
  type Demonstration,
  type DemonstrationAccount,
  disableDemonstrationAccounts,
  makeDemonstrationAccounts,
} from './demonstration.ts';
export { type CallerDescription, describeCallers } from './describe-callers.ts';
export { type Role, ROLES } from './roles.ts';
export { countSearch, requireSearchAllowed } from './search-limit.ts';
export { callerOfSession, endSession, type SignedIn, startSession } from './sessions.ts';
export type { AccountKind } from './tables.ts';
