"""Size limits of a job, which keep the item far below DynamoDB's 400 KB. Pure."""

MAX_PRIORITY = 9
MAX_INPUT_BYTES = 64 * 1024
MAX_RESULT_BYTES = 64 * 1024
MAX_OUTPUT_BYTES = 4 * 1024
# Lists show this much of instructions and summary: a hundred jobs must fit into Lambda's 6 MB response.
MAX_BRIEF_BYTES = 2 * 1024
MAX_BRIEF_REASONS = 20
MAX_NEXT_BYTES = 200
MAX_STEPS = 200
# Limits of the reason given in a comment command, and of the reason kept with a standing approval.
MAX_REASON_BYTES = 4 * 1024
MAX_STANDING_REASON_BYTES = 256
MAX_COMMANDS = 50
MAX_BATCHES = 50
# Limits of the superseded and the pushed commits of all attempts, and of the reports kept for other commits.
MAX_SUPERSEDED = 50
MAX_PUSHED = 50
MAX_OTHER_COMMIT_GATES = 20
MAX_OVERRIDES = 20
MAX_NUMBERS = 10
# Limits of a report's details, of the brief details kept for other commits and shown in lists.
MAX_DETAILS_BYTES = 1024
MAX_BRIEF_DETAILS_BYTES = 256
# Limit of the record of a past attempt: fourteen records are 56 KiB.
MAX_ATTEMPT_BYTES = 4 * 1024
# Limit of a batch of reports. Only the version that the batch made holds its texts; the events keep them.
MAX_BATCH_BYTES = 64 * 1024
# Limit of all step outputs. With 64 KiB of input and 64 KiB of result, the item stays below half of 400 KB.
MAX_OUTPUTS_BYTES = 64 * 1024
# The due index is sharded: each shard takes a thousand writes a second.
DUE_SHARDS = 8
