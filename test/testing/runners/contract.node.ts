import { describe, test } from 'node:test'
import { testAdapter } from 'jwt-extended/testing'
import { chosenSubject } from './subjects.ts'

testAdapter(chosenSubject(), { describe, test })
