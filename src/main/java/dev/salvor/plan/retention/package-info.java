/** Which recovery points are kept, and why; which may be removed, and when to ask first. */
@NullMarked
package dev.salvor.plan.retention;

import org.jspecify.annotations.NullMarked;
