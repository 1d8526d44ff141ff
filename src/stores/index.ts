export { type MemoryStoreOptions, memoryStore } from './memory.ts'
export { partitionTag } from './partition.ts'
export { type PostgresClient, type PostgresStoreOptions, postgresStore } from './postgres.ts'
export type { PostgresSchemaOptions } from './postgres-names.ts'
export { postgresSchema } from './postgres-schema.ts'
export { type RedisStoreOptions, redisStore } from './redis.ts'
export { type SqliteStoreOptions, sqliteStore } from './sqlite.ts'
export type { SqliteDatabase, SqliteStatement } from './sqlite-connection.ts'
export { type SqliteSchemaOptions, sqliteSchema } from './sqlite-schema.ts'
export {
  globalWatermark,
  type IssuedSession,
  type NewSession,
  type RevocationEntry,
  type RevocationQuery,
  type Rotation,
  type RotationResult,
  type SessionPage,
  type Store,
  type StoredSession,
  sessionEntryId,
} from './store.ts'
