/** Whole stories in a real Kubernetes: {@code ./test e2e} makes one and ends it. */
@NullMarked
package dev.salvor.e2e;

import org.jspecify.annotations.NullMarked;
