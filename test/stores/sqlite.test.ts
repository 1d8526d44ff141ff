import { testStore } from 'jwt-extended/testing'
import { describe, test } from 'vitest'
import { sqliteDrivers, sqliteHarness } from '../support/sqlite.ts'

for (const driver of sqliteDrivers) testStore(sqliteHarness(driver), { describe, test })
