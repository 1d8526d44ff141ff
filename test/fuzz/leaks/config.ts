import { importKey, JwtManager, type JwtOptions } from 'jwt-extended'
import { flaskOptions } from 'jwt-extended/flask'
import { type AttackCase, attacksOf } from '../../attacks/corpus.ts'
import type { Examiner } from '../examiner.ts'
import type { LeakCase } from '../leaks.ts'
import { needlesOfBytes } from '../needles.ts'

/** Every configuration of the corpus: weak secrets above all. */
export function configLeaks(): LeakCase[] {
  return attacksOf('config').map(attack => ({ name: attack.id, run: examiner => examineConfig(attack, examiner) }))
}

async function examineConfig({ config = {} }: AttackCase, examiner: Examiner): Promise<void> {
  const { env: _, JWT_SECRET_KEY_B64: base64, ...settings } = config
  const text = settings['JWT_SECRET_KEY']
  const secret = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : String(text ?? '')
  // Every object that nobody taught to be text looks like it.
  const needles = secret === '[object Object]' ? [] : needlesOfBytes('the secret', Buffer.from(secret))
  const algorithm = settings['JWT_ALGORITHM'] === 'HS512' ? 'HS512' : 'HS256'
  const manage = (options: JwtOptions): JwtManager => new JwtManager(options as JwtOptions<never>)
  await examiner.examineOutcome('flaskOptions', () => manage(flaskOptions(settings)), needles)
  await examiner.examineOutcome('importKey', () => importKey(secret, { algorithm }), needles)
  for (const dangerouslyAllowWeakSecret of [false, true])
    await examiner.examineOutcome(
      'the options',
      () => manage({ secretKey: secret, algorithm, dangerouslyAllowWeakSecret }),
      needles,
    )
}
