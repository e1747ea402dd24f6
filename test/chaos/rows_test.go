package chaos

import "slices"

// rows are all kinds of harm, in the order of the matrix.
func rows() []row {
	return slices.Concat(workerRows(), stepRows(), redisRows(), lossRows(), diskRows(), clockRows(), failoverRows(), clusterRows(), networkRows(), sourceRows(), rotateRows(), requestRows(), liveRows(), bufferRows(), fileRows(), memoryRows(), versionRows(), mixRows(), cancelRows())
}
