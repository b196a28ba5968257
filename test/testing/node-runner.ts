import { test } from "node:test"
import { transportContract } from "../../src/testing/transport-contract.ts"
import { faultless, optionsWith } from "./gateway.ts"

for (const { name, run } of transportContract(faultless, optionsWith())) void test(name, run)
