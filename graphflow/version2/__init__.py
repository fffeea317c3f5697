"""What has another signature in `tf.compat.v2` than in TensorFlow 1, a file for each subject.

TensorFlow 2 put arguments in another order, dropped the deprecated ones and changed some defaults.
Where its arguments are the first ones of TensorFlow 1's, `tf.compat.v2` has the same function.
"""
