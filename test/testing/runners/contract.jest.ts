import { describe, test } from '@jest/globals'
import { testAdapter } from 'jwt-extended/testing'
import { chosenSubject } from './subjects.ts'

testAdapter(chosenSubject(), { describe, test })
