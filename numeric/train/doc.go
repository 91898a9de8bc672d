// Package train minimizes a loss: stochastic gradient descent and Adam on minibatches, L-BFGS and Newton's method on
// all examples at once. It knows no formulas: a Program computes the loss and all gradients from one set of parameters.
package train
