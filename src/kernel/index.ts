/**
 * 底座 (no clause): what every module stands on and no policy is in.
 * Time, ids, refusals, limits, configuration, database, jobs and signing suites; effects of the outside world enter here.
 */
export { canonicalHash, canonicalJson } from './canonical.ts';
export { type Config, shapeConfig, type SignInConfig } from './config/config.ts';
export type { OutsideConfig } from './config/outside.ts';
export { type Env, isUnderNpm, readEnv, SETTINGS } from './config/env.ts';
export { type CertifiedKey, certificatesOf, openCertificate, rootsOf } from './crypto/certificate.ts';
export { checkSuites } from './crypto/check-suites.ts';
export { equalSecrets } from './crypto/equal-secrets.ts';
export { readKeyFile, writeKeyFile } from './crypto/key-files.ts';
export { KEY_USES, type KeyStore, type KeyUse, openKeyStore, type SigningKey } from './crypto/key-store.ts';
export { type FieldCipher, openFieldCipher } from './crypto/field-masters.ts';
export { gm1 } from './crypto/gm-1.ts';
export { intl1 } from './crypto/intl-1.ts';
export { fromPublicJwk } from './crypto/public-jwk.ts';
export {
  type FieldOwner,
  type FieldPlace,
  openField,
  rotateMasterKey,
  sealField,
  shredOwner,
} from './crypto/sealed-fields.ts';
export type { SignatureAlgorithm, Suite, SuiteId } from './crypto/suite.ts';
export { algorithmOf, signByKey, suiteOf, verifyByKey } from './crypto/suites.ts';
export {
  type Database,
  inPipelinedTransaction,
  inTransaction,
  type ManyAtOnce,
  openDatabase,
  sendWithTurn,
  startAll,
  type TransactionMode,
  Tx,
} from './database.ts';
export { distinct, type GroupMember, inGroup } from './group.ts';
export { type EnterpriseId, newId, toEnterpriseId } from './ids.ts';
export { addJob, type JobHandlers, type JobRunner, migrateJobs, runJobs } from './jobs.ts';
export { onStopRequested, type StopReason } from './lifecycle.ts';
export { LIMITS } from './limits.ts';
export { createLogger, type LogFields, type Logger, silentLogger } from './logger.ts';
export { migrate } from './migrate.ts';
export { type BackupOptions, backupEmbedded, explainCityBackup } from './postgres/backup/backup.ts';
export type { BackedUpFile, BackupManifest } from './postgres/backup/manifest.ts';
export { type RestoreOptions, restoreEmbedded } from './postgres/backup/restore.ts';
export { diagnose } from './postgres/doctor/doctor.ts';
export type { Finding } from './postgres/doctor/findings.ts';
export {
  type EmbeddedOptions,
  type EmbeddedServer,
  type EmbeddedState,
  inspectEmbedded,
  openEmbedded,
} from './postgres/embedded.ts';
export { assertProof, type Proof, proofMaker } from './proofs.ts';
export { drawBytes } from './random.ts';
export { defineRefusals, listRefusals, Refusal, type RefusalParams, type RefusalText } from './refusals.ts';
export {
  beginningOfBeijingDate,
  beijingDate,
  beijingTime,
  type Clock,
  endOfBeijingDate,
  systemClock,
  ZONE,
} from './time.ts';
