import { testAdapter } from 'jwt-extended/testing'
import { describe, test } from 'vitest'
import { chosenSubject } from './subjects.ts'

testAdapter(chosenSubject(), { describe, test })
