"""How much a job may hold: an item never comes near DynamoDB's 400 KB. Pure."""

MAX_PRIORITY = 9
MAX_INPUT_BYTES = 64 * 1024
MAX_RESULT_BYTES = 64 * 1024
MAX_OUTPUT_BYTES = 4 * 1024
# What a list shows of instructions and summary: a hundred jobs of the longest must fit into Lambda's 6 MB.
MAX_BRIEF_BYTES = 2 * 1024
MAX_BRIEF_REASONS = 20
MAX_NEXT_BYTES = 200
MAX_STEPS = 200
# Of what a person says by comment when they steer a job, and of why they approved what stands for later ones.
MAX_REASON_BYTES = 4 * 1024
MAX_STANDING_REASON_BYTES = 256
MAX_COMMANDS = 50
MAX_BATCHES = 50
# Commits of all attempts that newer ones took the place of, and what was said of gates on them.
MAX_SUPERSEDED = 50
MAX_OTHER_COMMIT_GATES = 20
MAX_OVERRIDES = 20
MAX_NUMBERS = 10
# What a gate keeps of a report's own words; and on a commit that the job is not judged by, or in a list.
MAX_DETAILS_BYTES = 1024
MAX_BRIEF_DETAILS_BYTES = 256
# What is kept of an attempt once another has taken its place: fourteen of them are 56 KiB.
MAX_ATTEMPT_BYTES = 4 * 1024
# What one batch of reports may say in all; the next version forgets it again, the events keep it.
MAX_BATCH_BYTES = 64 * 1024
# Outputs of all steps together: 64 KiB in, 64 KiB out and this keep the item below half of DynamoDB's 400 KB.
MAX_OUTPUTS_BYTES = 64 * 1024
# Shards of the due index: each takes a thousand writes a second.
DUE_SHARDS = 8
