/** Every check has a sample, and does with it what all of them must do. */
import { describe } from 'vitest'
import { CHECKS } from '../../src/checks/index.ts'
import { checkContract } from './check_contract.ts'
import { SAMPLES } from './check_samples.ts'

describe.each(CHECKS)('the check $name', (check) => {
  checkContract(check, SAMPLES[check.name])
})
