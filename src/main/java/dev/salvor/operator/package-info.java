/**
 * The Kubernetes host: asks the same planners as the one-machine host, with Jobs instead of child
 * processes and an API server instead of a state folder.
 */
@NullMarked
package dev.salvor.operator;

import org.jspecify.annotations.NullMarked;
