/** Questions of one user that may wait for the same thing at the same time. */
export const maxWaitingQuestions = 64;
