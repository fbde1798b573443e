package runtime

// This file holds what only emitted code should touch.

// EmittedV1 is mentioned by emitted code. Where it does not compile, the module and the emitted
// files do not belong together: generate again, or update the module.
const EmittedV1 = true
