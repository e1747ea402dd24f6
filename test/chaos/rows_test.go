package chaos

import "slices"

// rows are all kinds of harm, in the order of the matrix.
func rows() []row {
	return slices.Concat(workerRows(), stepRows(), redisRows(), lossRows(), diskRows(), failoverRows(), clusterRows(), networkRows(), requestRows(), liveRows(), bufferRows(), mixRows(), cancelRows())
}
